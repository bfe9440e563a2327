import settings

LEVEL = settings.LEVEL
