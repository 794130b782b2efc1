"""How Jinja2 templates get their words; extraction parses templates with the same rules."""

from jinja2 import Environment

from locales.translator import Translator

EXTENSIONS = ("jinja2.ext.i18n",)


def prepare_environment(env: Environment) -> None:
    """Lets templates say `{{ _("…") }}` and `{% trans %}`, whose line breaks and indents do not count."""
    for extension in EXTENSIONS:
        env.add_extension(extension)
    env.policies["ext.i18n.trimmed"] = True


def install_words(env: Environment, say: Translator) -> None:
    """Makes an environment speak one language: use one environment, or one overlay, for each translator."""
    prepare_environment(env)
    env.install_gettext_translations(say.jinja_translations, newstyle=True)  # type: ignore[attr-defined]
