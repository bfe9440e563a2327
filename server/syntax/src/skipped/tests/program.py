# -*- coding: utf-8 -*-
import os
@decorated
def plain(a, b):
    if a:
        return b
    elif b:
        pass
    else:
        while a:
            b += 1
        else:
            x = 3
    return [
        1,
        2,
    ]
class Base(
    object,
):
    '''Says

    # what it is.
    '''
    field: int = 3
    @property
    def one(self):
        try:
            return self.two
        except OSError:
            raise
        finally:
            pass

    async def two(self):
        match self:
            case 1:
                pass
            case _:
                return f"""{self}
    {
    self.field
    }"""
        return {'a': (yield),
          'b': 2}

class Inner:
    class Deep:
        x = 1 + \
            2
        def three(self): pass
    y = 4 \

with open(os) as f, \
     open(f) as g:
    pass
if plain: x = 1; \
          y = 2
\
for x in y:
	z(
    x)
	text = """
# no comment
"""
