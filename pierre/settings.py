"""Every setting, read from the environment; `.env.example` says what each one means.

Without DATABASE_URL this is a development checkout: PostgreSQL comes from a wheel and the secrets
have known values. With it, everything that has no safe default must be given, and `manage.py check`
names what is missing.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF

from pierre import cache_settings, env, log_settings, provider_settings, retention_settings

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env.load(BASE_DIR / ".env")

DEVELOPMENT = env.flag("PIERRE_DEVELOPMENT", default=not env.text("DATABASE_URL"))
LOCAL_DIR = Path(env.text("PIERRE_LOCAL_DIR", str(BASE_DIR / ".local"))).absolute()
DEBUG = env.flag("DJANGO_DEBUG", default=False)
SECRET_KEY = env.text("DJANGO_SECRET_KEY", "development-only" if DEVELOPMENT else "")
API_KEY_PEPPER = env.text("API_KEY_PEPPER", "development-only" if DEVELOPMENT else "")
ALLOWED_HOSTS = env.names(
    "DJANGO_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]") if DEVELOPMENT else ()
)
CSRF_TRUSTED_ORIGINS = env.names("DJANGO_CSRF_TRUSTED_ORIGINS")

# Known to everybody, as all that is "development-only".
_DEVELOPMENT_KEY = "development:ZGV2ZWxvcG1lbnQtb25seS0tZGV2ZWxvcG1lbnQtb24="

# In development the simulator stands in Meta's place, where `make run` starts it.
WHATSAPP_SIMULATOR = env.flag("WHATSAPP_SIMULATOR", default=DEVELOPMENT)
_PORT = env.whole("PIERRE_PORT", 8000, least=1)
_SIMULATOR_PORT = env.whole("PIERRE_SIMULATOR_PORT", 8001, least=1)
_META: dict[str, Any] = {
    "access_token": "development-only" if WHATSAPP_SIMULATOR else "",
    "phone_number_id": "106540352242922" if WHATSAPP_SIMULATOR else "",
    "business_account_id": "102290129340398" if WHATSAPP_SIMULATOR else "",
    "app_secret": ("development-only",) if WHATSAPP_SIMULATOR else (),
    "graph_url": (
        f"http://127.0.0.1:{_SIMULATOR_PORT}/simulator/graph"
        if WHATSAPP_SIMULATOR
        else "https://graph.facebook.com"
    ),
}

# In development a bank of the project's own stands in the banks' place, on the simulator's server.
OPEN_FINANCE_SANDBOX = env.flag("OPEN_FINANCE_SANDBOX", default=DEVELOPMENT)

INSTALLED_APPS = [
    "pierre.staff.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "corsheaders",
    "csp",
    "procrastinate.contrib.django",
    "accounts",
    "whatsapp",
    "openfinance",
    "pierre",
]
if WHATSAPP_SIMULATOR:
    INSTALLED_APPS += ["django_htmx", "whatsapp.simulator"]
if OPEN_FINANCE_SANDBOX:
    INSTALLED_APPS += ["openfinance.sandbox_bank"]

MIDDLEWARE = [
    "pierre.middleware.RequestIdMiddleware",
    # What says how a browser may treat an answer stands outside of whatever may answer.
    "pierre.middleware.PermissionsPolicyMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pierre.middleware.OriginMiddleware",
    "pierre.middleware.StaffSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "pierre.urls"
WSGI_APPLICATION = "pierre.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    {
        # Message copy is plain text: nothing in it is escaped.
        "NAME": "whatsapp",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates" / "whatsapp"],
        "OPTIONS": {"autoescape": False},
    },
]

if env.text("DATABASE_URL"):
    _database = env.database("DATABASE_URL")
else:
    _database = {"ENGINE": "pierre.postgres", "NAME": "pierre"}
_database["NAME"] = env.text("PIERRE_DATABASE") or _database["NAME"]
_database["OPTIONS"] = {
    **dict(_database.get("OPTIONS") or {}),  # type: ignore[call-overload]
    "pool": {"min_size": 1, "max_size": env.whole("DATABASE_POOL_MAX", 20, least=1), "timeout": 30},
}
_database["TEST"] = {"NAME": env.text("PIERRE_TEST_DB", "test_pierre")}
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
CACHES = cache_settings.caches(redis_url=REDIS_URL)

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Staff: whether a password needs a second factor, how often one may try to sign in, and how long
# they stay.
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", default=not DEVELOPMENT)
STAFF_ACCOUNT_RATE = env.text("STAFF_ACCOUNT_RATE", "10/15m")
STAFF_ADDRESS_RATE = env.text("STAFF_ADDRESS_RATE", "30/15m")
STAFF_IDLE_MINUTES = env.whole("STAFF_IDLE_MINUTES", 30, least=1)
STAFF_SESSION_HOURS = env.whole("STAFF_SESSION_HOURS", 8, least=1)

LANGUAGE_CODE = "pt-br"
TIME_ZONE = "America/Sao_Paulo"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
# In development the files are served from where they are; production runs collectstatic first.
STATIC_ROOT = None if DEVELOPMENT else BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = DEVELOPMENT
if not DEVELOPMENT:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["pierre.throttles.UserThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "pierre.api.AlwaysJson",
    "EXCEPTION_HANDLER": "pierre.api.exception_handler",
    "COMPACT_JSON": False,
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
}
RATELIMIT_USE_CACHE = "counters"
API_USER_RATE = env.text("API_USER_RATE", "600/m")
API_BAD_KEY_RATE = env.text("API_BAD_KEY_RATE", "60/m")
TRUSTED_PROXY_COUNT = env.whole("TRUSTED_PROXY_COUNT", 0)

CORS_ALLOWED_ORIGINS = env.names("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_METHODS = ["GET", "POST", "OPTIONS"]
CORS_ALLOW_HEADERS = ["authorization", "content-type", "x-request-id"]
CORS_EXPOSE_HEADERS = ["retry-after", "x-request-id", "x-flow-id", "x-total-count", "x-mode"]
CORS_URLS_REGEX = r"^/tools/api/.*$"

WHATSAPP: dict[str, Any] = {
    "BACKEND": "whatsapp.providers.cloud.CloudProvider",
    "OPTIONS": {
        "access_token": env.text("WHATSAPP_ACCESS_TOKEN", _META["access_token"]),
        "phone_number_id": env.text("WHATSAPP_PHONE_NUMBER_ID", _META["phone_number_id"]),
        "graph_url": env.text("WHATSAPP_GRAPH_URL", _META["graph_url"]),
        "version": env.text("WHATSAPP_GRAPH_VERSION", "v26.0"),
        "connect_timeout": env.seconds("WHATSAPP_CONNECT_TIMEOUT", 3.05),
        "read_timeout": env.seconds("WHATSAPP_READ_TIMEOUT", 10.0),
        "total_timeout": env.seconds("WHATSAPP_TOTAL_TIMEOUT", 20.0),
        "trust_env": env.flag("WHATSAPP_TRUST_ENV", default=False),
        "ca_bundle": env.text("WHATSAPP_CA_BUNDLE") or None,
    },
}
WHATSAPP_MESSAGES_PER_SECOND = env.whole("WHATSAPP_MESSAGES_PER_SECOND", 80, least=1)
# How long a webhook may take to settle a message whose answer was lost, before staff are asked.
WHATSAPP_UNCONFIRMED_AFTER = timedelta(seconds=env.seconds("WHATSAPP_UNCONFIRMED_AFTER", 3600.0))
WHATSAPP_BUSINESS_ACCOUNT_ID = env.text(
    "WHATSAPP_BUSINESS_ACCOUNT_ID", _META["business_account_id"]
)
# The current one, and during a rotation the one before it.
WHATSAPP_APP_SECRETS = env.names("WHATSAPP_APP_SECRETS", _META["app_secret"])
WHATSAPP_VERIFY_TOKEN = env.text("WHATSAPP_VERIFY_TOKEN", "development-only" if DEVELOPMENT else "")
# PEM files, the current key first, then those that phones may still encrypt for.
WHATSAPP_FLOW_PRIVATE_KEYS = env.names("WHATSAPP_FLOW_PRIVATE_KEYS")
WHATSAPP_FLOW_KEY_PASSPHRASE = env.text("WHATSAPP_FLOW_KEY_PASSPHRASE")

# What the simulator accepts, in Meta's place. The same as above unless a test wants it to refuse.
SIMULATOR = {
    "ACCESS_TOKEN": env.text("SIMULATOR_ACCESS_TOKEN", WHATSAPP["OPTIONS"]["access_token"]),
    "PHONE_NUMBER_ID": env.text(
        "SIMULATOR_PHONE_NUMBER_ID", WHATSAPP["OPTIONS"]["phone_number_id"]
    ),
    "BUSINESS_ACCOUNT_ID": WHATSAPP_BUSINESS_ACCOUNT_ID,
    "BUSINESS_NAME": "Pierre",
    "APP_SECRET": env.text("SIMULATOR_APP_SECRET", next(iter(WHATSAPP_APP_SECRETS), "")),
    "WEBHOOK_URL": env.text("SIMULATOR_WEBHOOK_URL", f"http://127.0.0.1:{_PORT}/webhooks/whatsapp"),
}

FLOW_DEBOUNCE_SECONDS = env.whole("FLOW_DEBOUNCE_SECONDS", 60)
FLOW_CAP_PER_HOUR = env.whole("FLOW_CAP_PER_HOUR", 5, least=1)
FLOW_CAP_PER_DAY = env.whole("FLOW_CAP_PER_DAY", 20, least=1)
# Most one-time codes to one user, and to one number; and that one address may ask for.
PHONE_CODE_CAP_PER_HOUR = env.whole("PHONE_CODE_CAP_PER_HOUR", 5, least=1)
PHONE_CODE_CAP_PER_DAY = env.whole("PHONE_CODE_CAP_PER_DAY", 15, least=1)
PHONE_CODE_ADDRESS_CAP_PER_HOUR = env.whole("PHONE_CODE_ADDRESS_CAP_PER_HOUR", 20, least=1)
PHONE_CODE_ADDRESS_CAP_PER_DAY = env.whole("PHONE_CODE_ADDRESS_CAP_PER_DAY", 100, least=1)
# Where people reach our pages: the links in messages start with it.
PUBLIC_URL = env.text("PUBLIC_URL", f"http://localhost:{_PORT}" if DEVELOPMENT else "").rstrip("/")
# Where banks send people back to.
_RETURN_URL = f"{PUBLIC_URL}/conectar/retorno"
# What the bank of tests knows of us, as a bank does of its receivers.
SANDBOX_BANK = {
    "CLIENT_ID": "pierre",
    "CLIENT_SECRET": "development-only",
    "REDIRECT_URI": _RETURN_URL,
}
SANDBOX_BANK_URL = env.text(
    "SANDBOX_BANK_URL", f"http://127.0.0.1:{_SIMULATOR_PORT}/sandbox-bank"
).rstrip("/")
# Where `sync_banks --provider brasil` finds the participants of Open Finance Brasil.
OPEN_FINANCE_DIRECTORY_URL = env.text(
    "OPEN_FINANCE_DIRECTORY_URL", "https://data.directory.openbankingbrasil.org.br/participants"
)
# The ways to a bank, by the name that its row has of one.
OPEN_FINANCE_PROVIDERS = provider_settings.configured(return_url=_RETURN_URL)
if OPEN_FINANCE_SANDBOX:
    OPEN_FINANCE_PROVIDERS["sandbox"] = provider_settings.sandbox(SANDBOX_BANK_URL, SANDBOX_BANK)
# How many days each kind of record is kept, by the keys of accounts.processing.Retention.
RETENTION = retention_settings.periods()
# How long an erasure waits for a bank to end what it gave, before the data go all the same.
ERASURE_BANK_DAYS = env.whole("ERASURE_BANK_DAYS", 15, least=1)
PRIVACY_URL = env.text("PRIVACY_URL", "https://pierre.finance/privacidade")
TERMS_URL = env.text("TERMS_URL", "https://pierre.finance/termos")
# Keys the tokens in links and Flows, and the one-time codes: whoever has it and the database can
# make them.
LINK_KEY = env.text("LINK_KEY", "development-only" if DEVELOPMENT else "")
# "id:key" with 32 bytes in base64: the current one first, then those that rows may still be under.
ENCRYPTION_KEYS = env.names("ENCRYPTION_KEYS", (_DEVELOPMENT_KEY,) if DEVELOPMENT else ())
# As ENCRYPTION_KEYS, for the macs of the audit's chains. A key stays as long as its rows do.
AUDIT_KEYS = env.names("AUDIT_KEYS", (_DEVELOPMENT_KEY,) if DEVELOPMENT else ())
# Where the audit's daily seals go besides the log: a folder, and a callable by its dotted path.
AUDIT_SEAL_DIR = env.text("AUDIT_SEAL_DIR")
AUDIT_SEAL_HOOK = env.text("AUDIT_SEAL_HOOK")
# Keys the digests that phones and CPFs are looked up by: changing it loses everybody.
INDEX_KEY = env.text("INDEX_KEY", "development-only" if DEVELOPMENT else "")
# No shorter than a message may wait in the queue, or its link has expired when it arrives.
LINK_MINUTES = env.whole("LINK_MINUTES", 60, least=1)
# Our own number in digits, for the way from our pages back to the chat.
WHATSAPP_NUMBER = env.text("WHATSAPP_NUMBER").lstrip("+")
UPGRADE_URL = env.text("UPGRADE_URL", "https://pierre.finance/plans")
# How long who has not paid keeps access, counted from the end of what was paid.
SUBSCRIPTION_GRACE_DAYS = env.whole("SUBSCRIPTION_GRACE_DAYS", 7)
SUPPORT_CONTACT = env.text("SUPPORT_CONTACT", "suporte@pierre.finance")

# How often one address may try to sign in to a person's own pages, links go to one e-mail address,
# and one person makes keys, or copies of their data; in django-ratelimit's notation.
ACCOUNT_ADDRESS_RATE = env.text("ACCOUNT_ADDRESS_RATE", "60/h")
ACCOUNT_EMAIL_RATE = env.text("ACCOUNT_EMAIL_RATE", "5/h")
ACCOUNT_KEY_RATE = env.text("ACCOUNT_KEY_RATE", "30/d")
ACCOUNT_COPY_RATE = env.text("ACCOUNT_COPY_RATE", "10/d")

_mail = env.mail("EMAIL_URL")
EMAIL_HOST: str = _mail.get("EMAIL_HOST") or ""
EMAIL_PORT: int = _mail.get("EMAIL_PORT") or 25
EMAIL_HOST_USER: str = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD: str = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS: bool = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL: bool = _mail.get("EMAIL_USE_SSL", False)
if DEVELOPMENT and not EMAIL_HOST:
    # A checkout has no mail server: what would be sent is written to files.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(LOCAL_DIR / "mail")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL", "Pierre <conta@localhost>" if DEVELOPMENT else ""
)

SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.whole("TRUSTED_PROXY_COUNT", 0) else None
)
SECURE_SSL_REDIRECT = env.flag("DJANGO_SSL_REDIRECT", default=not DEVELOPMENT)
# The API and the webhooks never redirect, and a load balancer asks for health over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^tools/", r"^webhooks/", r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.whole("DJANGO_HSTS_SECONDS", 0 if DEVELOPMENT else 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEVELOPMENT
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
if not DEVELOPMENT:
    # With this prefix a browser takes them from this host alone, over TLS alone.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
# Not in a cookie: what staff are told of a row may name a person.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "pierre.api.csrf_failure"
X_FRAME_OPTIONS = "DENY"
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}

LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOGGING = log_settings.logging(level=LOG_LEVEL)
