import time


class Store:
    def __init__(self, connection):
        self.connection = connection
        self.connection.execute("create table t (name text)")

    def add(self, name):
        time.sleep(0.05)
        self._insert(name)

    def _insert(self, name):
        self.connection.execute("insert into t values (?)", (name,))

    def count(self):
        return self.connection.execute("select count(*) from t").fetchone()[0]
