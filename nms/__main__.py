"""`python -m nms` is the command `nms`."""

from nms.app import main

if __name__ == "__main__":
    main()
