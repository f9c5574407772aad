from django.urls import path

from pierre.self_service import connections, data, home, keys, phone, signing_in

urlpatterns = [
    path("conta", home.home, name="account"),
    path("conta/entrar", signing_in.sign_in, name="account-sign-in"),
    path("conta/entrar/codigo", signing_in.code, name="account-code"),
    path("conta/entrar/enviado", signing_in.sent, name="account-sent"),
    path("conta/entrar/link/<str:token>", signing_in.link, name="account-link"),
    path("conta/confirmar", signing_in.confirm, name="account-confirm"),
    path("conta/sair", signing_in.sign_out, name="account-sign-out"),
    path("conta/chaves", keys.keys, name="account-keys"),
    path("conta/chaves/nova", keys.create, name="account-new-key"),
    path("conta/chaves/<int:pk>/trocar", keys.roll, name="account-roll-key"),
    path("conta/chaves/<int:pk>/revogar", keys.revoke, name="account-revoke-key"),
    path("conta/telefone", phone.phone, name="account-phone"),
    path("conta/telefone/codigo", phone.code, name="account-phone-code"),
    path("conta/conexoes", connections.connections, name="account-connections"),
    path("conta/conexoes/<uuid:pk>/desconectar", connections.disconnect, name="account-disconnect"),
    path("conta/conexoes/<uuid:pk>/renovar", connections.renew, name="account-renew"),
    path("conta/dados", data.data, name="account-data"),
    path("conta/dados/copia", data.copy, name="account-copy"),
    path("conta/dados/excluir", data.erase, name="account-erase"),
]
