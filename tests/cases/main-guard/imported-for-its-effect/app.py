# Prints "staged".
def main():
    import stage

    print(stage.__name__)


main()
