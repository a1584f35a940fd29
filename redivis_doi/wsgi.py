import os

from django.core.wsgi import get_wsgi_application

from redivis_doi.starting import refuse_to_start_without_secrets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redivis_doi.settings")

refuse_to_start_without_secrets()
application = get_wsgi_application()
