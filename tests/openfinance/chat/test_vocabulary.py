"""What people write, and what it is taken for."""

import pytest

from openfinance import catalogue, registry
from openfinance.chat import vocabulary

PHRASES = {
    "stop": [
        "sair",
        "SAIR!!!",
        "Sair.",
        "sairrrr",
        "quero sair",
        "Oi, quero sair por favor",
        "como faço para sair?",
        "sair da lista",
        "me tira dessa lista",
        "parar",
        "Pare",
        "PAREM!",
        "para",
        "pode parar",
        "stop",
        "Chega.",
        "cancelar mensagens",
        "Cancela as mensagens, por favor",
        "cancelar inscrição",
        "descadastrar",
        "quero me descadastar",
        "para de me mandar mensagem",
        "parem de mandar mensagens",
        "quero parar de receber avisos",
        "não quero mais",
        "não quero mais receber mensagens",
        "Nao quero receber nada de vcs",
        "não me mandem mais nada",
        "nunca mais me mande mensagem",
        "não, quero parar",
        "Não aguento mais. Sair",
        "me deixa em paz",
        "me remova",
        "oi tudo bem? parar",
        "quero desconectar minha conta e parar de receber mensagens",
    ],
    "resume": [
        "voltar",
        "Voltar!",
        "quero voltar",
        "volta por favor",
        "quero voltar a receber mensagens",
        "quero receber as mensagens de novo",
        "start",
    ],
    "disconnect": [
        "desconectar",
        "desconetar",
        "quero desconectar o nubank",
        "Desconecta minha conta do Itaú, por favor",
        "cancelar conexão",
        "cancelar minhas conexões",
        "remover banco",
        "preciso de ajuda para desconectar",
    ],
    "status": [
        "status",
        "Estatus",
        "qual o status?",
        "qual a situação do meu pedido",
        "já conectou?",
        "minha conta está conectada?",
        "cadê o link?",
        "não recebi o link",
        "deu certo?",
        "como está a conexão?",
    ],
    "connections": ["minhas conexões", "quero ver minhas conexoes", "Quais conexões eu tenho?"],
    "renew": ["Renovar", "quero renovar o nubank", "renova minha conexão, por favor"],
    "other_bank": ["outro banco", "Outro Banco", "buscar de novo", "meu banco não está na lista"],
    "connect": [
        "conectar",
        "CONECTAR",
        "Conectar!",
        "conetar",
        "quero conectar",
        "oi, quero conectar o nubank por favor",
        "Bom dia! Gostaria de conectar minha conta",
        "me ajuda a conectar o itaú",
        "como conectar?",
        "reconectar nubank",
        "quero adicionar minha conta do inter",
        "conectar outro banco",
        "ver bancos",
        "open finance",
        "ativar o open finance",
        "conectar minha conta digital",
    ],
    "help": [
        "ajuda",
        "Me ajuda",
        "ajudaaa",
        "socorro",
        "menu",
        "tenho uma dúvida",
        "quero falar com um atendente",
        "como funciona?",
        "o que é open finance?",
        "não consigo conectar",
        "deu erro ao conectar",
        "é seguro conectar?",
        "não está funcionando",
        "cancelar",
    ],
    "closing": ["obrigado", "Muito obrigada!", "ok", "valeu, tchau", "não", "agora não, obrigado"],
    None: [
        "",
        "🙏",
        "bom dia",
        "oi",
        "nubank",
        "não quero parar",
        "não pare de me mandar mensagens",
        "não quero parar de receber mensagens",
        "não quero sair",
        "não quero conectar",
        "quero pagar",
        "pode me ligar?",
        "quero sair do vermelho",
        "preciso parar de gastar",
        "qual a previsão do tempo",
    ],
}


@pytest.mark.parametrize(
    ("text", "meaning"),
    [(text, meaning) for meaning, texts in PHRASES.items() for text in texts],
)
def test_a_phrase_means(text: str, meaning: str | None) -> None:
    assert vocabulary.read(text).meaning == meaning


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("oi, quero conectar o nubank por favor", "nubank"),
        ("conectar banco do brasil", "brasil"),
        ("Bom dia! Queria conectar minha conta no C6 Bank", "c6 bank"),
        ("meu banco é o Itaú", "itau"),
        ("conectar outro banco", ""),
        ("conectar minha conta digital", ""),
        ("conectar", ""),
    ],
)
def test_what_is_left_of_a_phrase_may_name_a_bank(text: str, rest: str) -> None:
    assert vocabulary.read(text).rest == rest


def test_no_shipped_bank_is_called_like_something_that_people_ask_for() -> None:
    names = [name for bank in registry.read() for name in (bank.name, *bank.aliases)]
    assert [name for name in names if vocabulary.read(name).meaning] == []


def test_every_name_of_a_shipped_bank_is_still_its_name_amid_courtesies() -> None:
    for bank in registry.read():
        for name in (bank.name, *bank.aliases):
            said = vocabulary.read(f"Oi! Quero conectar {name}, por favor")
            assert said.meaning == "connect"
            # "super digital" has only "super" left, which still means one bank.
            hits = catalogue.rank(said.rest, registry.read())
            assert catalogue.is_named(bank, said.rest) or len(hits) == 1, name
            assert bank.slug == hits[0].slug


def test_the_end_of_a_very_long_text_is_not_read() -> None:
    assert vocabulary.read("a" * 1_000 + " sair").meaning is None
    assert vocabulary.read("sair. " + "a" * 3_000_000).meaning == "stop"
