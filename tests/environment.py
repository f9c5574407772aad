"""Fix the environment before Django reads it, so that no .env or shell decides how a test ends."""

import os

_FIXED = {
    "PIERRE_DEVELOPMENT": "1",
    "DJANGO_DEBUG": "0",
    "WHATSAPP_SIMULATOR": "1",
    "OPEN_FINANCE_SANDBOX": "1",
    "WHATSAPP_ACCESS_TOKEN": "test-access-token",
    "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
    "WHATSAPP_GRAPH_URL": "https://graph.example",
    "WHATSAPP_BUSINESS_ACCOUNT_ID": "102290129340398",
    "WHATSAPP_APP_SECRETS": "test-app-secret",
    "WHATSAPP_VERIFY_TOKEN": "test-verify-token",
    "PUBLIC_URL": "https://connect.example",
    "CORS_ALLOWED_ORIGINS": "https://app.example",
    # Playwright leaves an event loop in the thread of the tests that come after it.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    "API_USER_RATE": "1000/m",
    "API_BAD_KEY_RATE": "1000/m",
}
_CLEARED = (
    "STAFF_SECOND_FACTOR",
    "REDIS_URL",
    "SANDBOX_BANK_URL",
    "FLOW_DEBOUNCE_SECONDS",
    "FLOW_CAP_PER_HOUR",
    "FLOW_CAP_PER_DAY",
    "PHONE_CODE_CAP_PER_HOUR",
    "PHONE_CODE_CAP_PER_DAY",
    "PHONE_CODE_ADDRESS_CAP_PER_HOUR",
    "PHONE_CODE_ADDRESS_CAP_PER_DAY",
)

os.environ.update(_FIXED)
for _name in _CLEARED:
    os.environ.pop(_name, None)
