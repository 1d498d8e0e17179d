"""How templates are read."""

import re

from django.template import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"\n[ \t]+")
# The line break before a tag that has a line to itself. The one behind the tag stays, so words keep their distance.
BREAK_BEFORE_TAG = re.compile(r"\n(?=\{% (?:if|elif|else|endif|for|empty|endfor|with|endwith)\b[^%\n]*%\}\n)")


class Loader(filesystem.Loader):
    """Reads pages without the white space that only who reads the template needs: an eighth of the bytes sent.

    Not with DEBUG, so that errors show the right line. In a page, a blocktranslate of several lines has to be trimmed,
    and the text of a <pre> or <textarea> has to stand on one line.
    """

    def get_contents(self, origin: Origin) -> str:
        text = super().get_contents(origin)
        if self.engine.debug or not origin.name.endswith(".html"):
            return text
        return BREAK_BEFORE_TAG.sub("", INDENTATION.sub("\n", text))
