"""What reports say, a file a section; they may know of the DTI what no other room does."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
