/** Limits for XML documents, in both scanners. */

/** The deepest nesting. Looking up a namespace takes time for each level, and no format needs as many. */
export const MOST_DEPTH = 100;
/** The most elements of a document, and attributes of an element: their cost grows with their number. */
export const MOST_ELEMENTS = 500_000;
export const MOST_ATTRIBUTES = 200;

/** A URI reference (RFC 3986, appendix A): Namespaces in XML 1.0 allows nothing else as a namespace name. */
export const URI_REFERENCE =
  /^(?:[A-Za-z][A-Za-z\d+.-]*:|(?![^/?#]*:))(?:\/\/(?:(?:[\w\-.~!$&'()*+,;=:]|%[\dA-Fa-f]{2})*@)?(?:\[[\dA-Fa-f:.]*\]|(?:[\w\-.~!$&'()*+,;=]|%[\dA-Fa-f]{2})*)(?::\d+)?(?=[/?#]|$)|(?!\/\/))(?:[\w\-.~!$&'()*+,;=:@/?]|%[\dA-Fa-f]{2})*(?:#(?:[\w\-.~!$&'()*+,;=:@/?]|%[\dA-Fa-f]{2})*)?$/;

export const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';
