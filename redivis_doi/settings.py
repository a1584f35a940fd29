"""
Settings, read from the environment. The names are the contract of the README's table; any may come from NAME_FILE.

Nothing here depends on DEBUG except what Django itself makes depend on it; each behaviour has a name of its own.
"""

import secrets
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from django.utils.csp import CSP

from redivis_doi import logs

# Django's generic classes take their parameter at run time too, as the type checker wants it written.
django_stubs_ext.monkeypatch()

env = environ.FileAwareEnv()
BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.bool("DEBUG", default=False)
# Without a key each start makes its own: sessions end with the process, nothing else does (sealing has its own ring).
SECRET_KEY = env.str("SECRET_KEY", default="") or "unset-" + secrets.token_urlsafe(48)
SECRET_KEY_IS_SET = not SECRET_KEY.startswith("unset-")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
_SITE = urlsplit(env.str("SITE_URL", default="http://localhost:8000").rstrip("/"))
# In lower case: DataCite compares the host of a landing page as it is written with what a repository may use.
SITE_URL = _SITE._replace(netloc=_SITE.netloc.lower()).geturl()

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.admin",
    "django_htmx",
    "organizations",
    "datasets",
    "doi",
]

MIDDLEWARE = [
    "organizations.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "organizations.middleware.QueryTextMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "organizations.middleware.NotStoredMiddleware",
    "organizations.middleware.PersonalTimeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "redivis_doi.urls"
WSGI_APPLICATION = "redivis_doi.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "organizations.context.product",
                "doi.context.stopped",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # FULL, not NORMAL: NORMAL may forget a commit at power loss, and a committed intent must survive.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- People -------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "organizations.User"
LOGIN_URL = "organizations:sign-in"
LOGIN_REDIRECT_URL = "organizations:home"
LOGOUT_REDIRECT_URL = "organizations:sign-in"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
_MAIL = env.email_url("EMAIL_URL", default="consolemail://")
# EMAIL_URL gives the old names; Django 6.1 wants the options of one backend.
_MAIL_OPTIONS = {
    "filebased": {"file_path": "/" + str(_MAIL["EMAIL_FILE_PATH"]).lstrip("/")},
    "smtp": {
        "host": _MAIL["EMAIL_HOST"] or "localhost",
        "port": _MAIL["EMAIL_PORT"] or 25,
        "username": _MAIL["EMAIL_HOST_USER"] or "",
        "password": _MAIL["EMAIL_HOST_PASSWORD"] or "",
        "use_tls": _MAIL.get("EMAIL_USE_TLS", False),
        "use_ssl": _MAIL.get("EMAIL_USE_SSL", False),
        "timeout": 20,
    },
}
MAILERS = {
    "default": {
        "BACKEND": _MAIL["EMAIL_BACKEND"],
        "OPTIONS": _MAIL_OPTIONS.get(str(_MAIL["EMAIL_BACKEND"]).split(".")[-2], {}),
    }
}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="DOI service <doi@localhost>")

# --- Language and time --------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
# The product is written in English only so far: another language would be Django's own sentences between ours.
LANGUAGES = [("en-gb", "English")]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Static files -------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Serves from the source folders: nothing is collected, so no collected copy can be stale.
WHITENOISE_USE_FINDERS = True

# --- Web security -------------------------------------------------------------------------------------------
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
_HTTPS = SITE_URL.startswith("https://")
SECURE_SSL_REDIRECT = False  # the proxy in front ends TLS and redirects
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
if _HTTPS:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # SECURE_SSL_REDIRECT: see above

# --- Registries ---------------------------------------------------------------------------------------------
REAL_REGISTRY_URLS = {
    ("datacite", "production"): "https://api.datacite.org",
    ("datacite", "test"): "https://api.test.datacite.org",
    ("ezid", "production"): "https://ezid.cdlib.org",
    # EZID has no test system of its own, only test shoulders on the production host.
    ("ezid", "test"): "https://ezid.cdlib.org",
}
REGISTRY_URLS = {
    ("datacite", "production"): env.str(
        "DATACITE_API_URL", default=REAL_REGISTRY_URLS["datacite", "production"]
    ),
    ("datacite", "test"): env.str("DATACITE_TEST_API_URL", default=REAL_REGISTRY_URLS["datacite", "test"]),
    ("ezid", "production"): env.str("EZID_API_URL", default=REAL_REGISTRY_URLS["ezid", "production"]),
    ("ezid", "test"): env.str("EZID_TEST_API_URL", default=REAL_REGISTRY_URLS["ezid", "test"]),
}
REAL_RESOLVER_URL = "https://doi.org"
DOI_RESOLVER_URL = env.str("DOI_RESOLVER_URL", default=REAL_RESOLVER_URL)

# --- Engine -------------------------------------------------------------------------------------------------
DOI_ENCRYPTION_KEYS = env.list("DOI_ENCRYPTION_KEYS", default=[])
DOI_DRAFT_WINDOW = env.int("DOI_DRAFT_WINDOW", default=604_800)
DOI_LEASE = env.int("DOI_LEASE", default=300)
DOI_TEST_CLOCK = env.str("DOI_TEST_CLOCK", default="")
REQUESTS_PER_5_MINUTES = {
    ("datacite", "production"): env.int("DATACITE_REQUESTS_PER_5_MINUTES", default=1500),
    ("datacite", "test"): env.int("DATACITE_TEST_REQUESTS_PER_5_MINUTES", default=600),
    ("ezid", "production"): env.int("EZID_REQUESTS_PER_5_MINUTES", default=300),
    ("ezid", "test"): env.int("EZID_REQUESTS_PER_5_MINUTES", default=300),
}
MAX_IN_FLIGHT = {
    "datacite": env.int("DATACITE_MAX_IN_FLIGHT", default=4),
    "ezid": env.int("EZID_MAX_IN_FLIGHT", default=1),
}
PAUSE_MS = {"datacite": 0, "ezid": env.int("EZID_PAUSE_MS", default=500)}
BULK_REQUESTS_PER_SECOND = env.float("BULK_REQUESTS_PER_SECOND", default=1.5)

# --- Celery: a doorbell, never a store; see redivis_doi/celery.py ---------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")

# --- Logs ---------------------------------------------------------------------------------------------------
# What an error report shows, on Django's own page as well.
DEFAULT_EXCEPTION_REPORTER_FILTER = "redivis_doi.reports.ReportFilter"
LOGGING = logs.configure(env.str("LOG_LEVEL", default="WARNING"))
