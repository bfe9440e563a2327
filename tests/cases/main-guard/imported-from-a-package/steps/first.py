from . import stage

print(stage.__name__)
