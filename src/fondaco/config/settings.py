"""Django settings. Nothing of the business; everything that differs between installations comes from the environment.

Environment: FONDACO_HOME (data folder), DATABASE_URL (an outside PostgreSQL), FONDACO_TENANCY (single or schema),
FONDACO_HOSTS (comma separated; single only), FONDACO_ADDRESS (how customers reach the house, for links in mails), FONDACO_TEST, FONDACO_BEHIND_TLS,
FONDACO_PROXIES (addresses or networks of the proxies before us, comma separated).
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from fondaco.config.secrets import secret_key
from fondaco.platform.database.configuration import databases, home_folder

HOME = home_folder()
TESTING = os.environ.get("FONDACO_TEST") == "1"
SOURCE = Path(__file__).resolve().parents[1]

SECRET_KEY = secret_key(HOME)
DEBUG = False
PUBLIC_ADDRESS = os.environ.get("FONDACO_ADDRESS", "http://127.0.0.1:8765")
ADDRESS_GIVEN = "FONDACO_ADDRESS" in os.environ
TENANCY = os.environ.get("FONDACO_TENANCY", "single")
if TENANCY not in {"single", "schema"}:
    raise ImproperlyConfigured(f"FONDACO_TENANCY is “{TENANCY}”: set it to “single” (one tenant) or “schema” (several, a schema for each).")
# Of several tenants the directory says which hosts are answered (interfaces.doors.gate).
ANSWERED = "*" if TENANCY == "schema" else os.environ.get("FONDACO_HOSTS", "127.0.0.1,localhost,[::1],testserver")
ALLOWED_HOSTS = ANSWERED.split(",")

ROOMS = [
    "fondaco.platform.database",
    "fondaco.platform.access",
    "fondaco.platform.audit",
    "fondaco.platform.documents",
    "fondaco.platform.events",
    "fondaco.platform.resources",
    "fondaco.platform.jobs",
    "fondaco.platform.notes",
    "fondaco.platform.files",
    "fondaco.platform.views",
    "fondaco.masterdata.companies",
    "fondaco.masterdata.parties",
    "fondaco.masterdata.catalog",
    "fondaco.masterdata.users",
    "fondaco.masterdata.consent",
    "fondaco.masterdata.approvals",
    "fondaco.finance.ledger",
    "fondaco.finance.tax",
    "fondaco.finance.invoicing",
    "fondaco.finance.payments",
    "fondaco.finance.remittance",
    "fondaco.finance.banking",
    "fondaco.finance.einvoicing",
    "fondaco.finance.payables",
    "fondaco.finance.receivables",
    "fondaco.finance.onlinepayments",
    "fondaco.people.expenses",
    "fondaco.operations.inventory",
    "fondaco.operations.warehouse",
    "fondaco.operations.supply",
    "fondaco.operations.engineering",
    "fondaco.operations.shipping",
    "fondaco.operations.purchasing",
    "fondaco.operations.planning",
    "fondaco.operations.sourcing",
    "fondaco.operations.intrastat",
    "fondaco.frontoffice.correspondence",
    "fondaco.frontoffice.crm",
    "fondaco.frontoffice.accountplans",
    "fondaco.frontoffice.crediting",
    "fondaco.frontoffice.pricing",
    "fondaco.frontoffice.configurator",
    "fondaco.frontoffice.sales",
    "fondaco.frontoffice.subscriptions",
    "fondaco.frontoffice.value",
    "fondaco.frontoffice.service",
    "fondaco.frontoffice.sla",
    "fondaco.frontoffice.quality",
    "fondaco.frontoffice.scoring",
    "fondaco.frontoffice.assignment",
    "fondaco.frontoffice.routing",
    "fondaco.frontoffice.forms",
    "fondaco.frontoffice.knowledge",
    "fondaco.frontoffice.staffing",
    "fondaco.frontoffice.messaging",
    "fondaco.frontoffice.telephony",
    "fondaco.frontoffice.portal",
    "fondaco.localizations",
]
INSTALLED_APPS = ["django.contrib.sessions", "django.contrib.staticfiles", "django.contrib.postgres", *ROOMS, "fondaco.interfaces.web"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fondaco.interfaces.web.middleware.ContentSecurityPolicy",
    "fondaco.interfaces.web.middleware.PlainAddresses",
    "fondaco.interfaces.doors.gate.TenantOfHost",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "fondaco.config.urls"
WSGI_APPLICATION = "fondaco.config.wsgi.application"

DATABASES = databases(HOME)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "access.User"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
BEHIND_TLS = os.environ.get("FONDACO_BEHIND_TLS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
# The proxy says whether the browser came by TLS; nobody else is believed, so it is read only where there is a proxy.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
# Whose word about the client's address is believed; without a proxy nobody's.
PROXIES = os.environ.get("FONDACO_PROXIES", "127.0.0.0/8,::1").split(",") if BEHIND_TLS else []
SESSION_COOKIE_NAME = "fondaco_session"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "fondaco.interfaces.web.errors.forgery_refused"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"] if TESTING else ["django.contrib.auth.hashers.ScryptPasswordHasher"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [SOURCE / "interfaces" / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "fondaco.interfaces.web.environment.environment"},
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [p for p in [SOURCE / "interfaces" / "web" / "static"] if p.is_dir()]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("it", "Italiano")]
LOCALE_PATHS = [SOURCE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FILES_FOLDER = HOME / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
#: A form of a document with 10,000 lines, the most a form takes.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 120_000
X_FRAME_OPTIONS = "DENY"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
