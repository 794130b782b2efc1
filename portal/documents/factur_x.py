"""Says in a PDF's own metadata that an e-invoice is in it, as Factur-X wants: programmes look there first."""

import re

_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_FACTS = {
    "DocumentType": "INVOICE",  # of credit notes, too
    "DocumentFileName": "factur-x.xml",
    "Version": "1.0",
    "ConformanceLevel": "EN 16931",
}
_START = b"/Type/Metadata/Subtype/XML>>\nstream\n"
_END = b"\nendstream"
_TRAILER = re.compile(rb"trailer\n<<(.*)>>\nstartxref\n(\d+)\n%%EOF\s*\Z", re.DOTALL)
_SCHEMAS = b"</rdf:Bag></pdfaExtension:schemas>"


def name_einvoice(pdf: bytes) -> bytes:
    """The same file with that said, by an update at its end, as PDF 1.7 (7.5.6) has it; a drawn one only."""
    start = pdf.rindex(_START) + len(_START)
    metadata = pdf[start : pdf.index(_END, start)]
    number = int(pdf[pdf.rindex(b"\nendobj\n", 0, start) + 8 :].split(b" ", 1)[0])
    trailer = _TRAILER.search(pdf, start)
    assert trailer is not None, "typst writes a table of references, and no stream of them"
    ahead = pdf.rstrip() + b"\n"
    said = _say(metadata)
    update = b"%d 0 obj\n<</Length %d%b%b%b\nendobj\n" % (number, len(said), _START, said, _END)
    table = b"xref\n0 1\n0000000000 65535 f\r\n%d 1\n%010d 00000 n\r\n" % (number, len(ahead))
    place = len(ahead) + len(update)
    last = b"trailer\n<<%b/Prev %b>>\nstartxref\n%d\n%%%%EOF\n" % (trailer[1], trailer[2], place)
    return ahead + update + table + last


def _say(metadata: bytes) -> bytes:
    """With the four facts, and the schema that explains them, without which PDF/A takes none."""
    said, schemas = metadata.replace(_SCHEMAS, _schema() + _SCHEMAS, 1), metadata.count(_SCHEMAS)
    assert schemas == 1, "PDF/A of typst explains the schemas that it uses"
    facts = "".join(f"<fx:{name}>{fact}</fx:{name}>" for name, fact in _FACTS.items())
    described = f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">{facts}</rdf:Description>'
    return said.replace(b"</rdf:RDF>", described.encode() + b"</rdf:RDF>", 1)


def _schema() -> bytes:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{name} of the attached e-invoice</pdfaProperty:description>"
        "</rdf:li>"
        for name in _FACTS
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>"
        "</rdf:li>"
    ).encode()
