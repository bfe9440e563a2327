a = 1
b = 2
reveal_type(a / b)  # float
reveal_type(a + b)  # int
reveal_type(round(2.5, 1))  # float
reveal_type(round(2.5))  # int
c = 'x'
reveal_type(a and c)  # int | str
