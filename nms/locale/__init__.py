"""Translations: `es/LC_MESSAGES/nms.po` is what people edit, `nms.mo` what the program reads."""
