"""What the first slip of the day would wait half a second for, done before a customer stands there."""

from __future__ import annotations

from i18n import words
from slips.escpos import render
from slips.hyphenation import divided
from slips.profile import profile_named
from slips.templates import shipped_template
from slips.trial import trial_slip

SHIPPED_TEMPLATES = ("bonus", "refund")


def warm_up() -> None:
    """Imports python-escpos, loads the hyphenation patterns, compiles the templates.

    To be called once, soon after the register is ready, under the same lock as `escpos.render`. To keep the import
    short from the second start on, set ESCPOS_CAPABILITIES_PICKLE_DIR to a folder of the daemon's own before.
    """
    for template in SHIPPED_TEMPLATES:
        shipped_template(template)
    for word, language in (("предупреждение", "ru"), ("notwithstanding", "en")):
        divided(word, len(word) - 1, language)
    render(trial_slip(profile_named("epson-tm-t20"), words("ru")), profile_named("epson-tm-t20"))
