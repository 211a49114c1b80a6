package peer;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** About 20 fields of a court result, as general-purpose middleware would map them. */
final class CourtResult {
  /** A builder is expensive to make, and not for several threads. */
  private static final ThreadLocal<DocumentBuilder> PARSER = ThreadLocal.withInitial(CourtResult::newParser);

  private CourtResult() {}

  private static DocumentBuilder newParser() {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setNamespaceAware(true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      return factory.newDocumentBuilder();
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }

  static Map<String, Object> read(byte[] message) throws Exception {
    Element session = child(PARSER.get().parse(new ByteArrayInputStream(message)).getDocumentElement(), "Session");
    Element court = child(session, "CourtHearing");
    Element hearing = child(court, "Hearing");
    Element courtCase = child(session, "Case");
    List<Object> defendants = new ArrayList<>();
    for (Element defendant : children(courtCase, "Defendant")) defendants.add(defendant(defendant));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("type", "peer.hearing.resulted");
    result.put("urn", text(courtCase, "PTIURN"));
    result.put("courtHouse", text(hearing, "CourtHearingLocation"));
    result.put("psaCode", text(court, "PSAcode"));
    result.put("date", text(hearing, "DateOfHearing"));
    result.put("time", text(hearing, "TimeOfHearing"));
    result.put("defendants", defendants);
    return result;
  }

  private static Map<String, Object> defendant(Element defendant) {
    Element individual = child(defendant, "CourtIndividualDefendant");
    Element person = child(individual, "PersonDefendant");
    Element details = child(person, "BasePersonDetails");
    Element name = child(details, "PersonName");
    List<Object> offences = new ArrayList<>();
    for (Element offence : children(defendant, "Offence")) offences.add(offence(offence));
    Map<String, Object> read = new LinkedHashMap<>();
    read.put("asn", text(defendant, "ProsecutorReference"));
    read.put("pncId", text(person, "PNCidentifier"));
    read.put("title", text(name, "PersonTitle"));
    read.put("givenName", text(name, "PersonGivenName1"));
    read.put("familyName", text(name, "PersonFamilyName"));
    read.put("dateOfBirth", text(details, "Birthdate"));
    read.put("gender", text(details, "Gender"));
    read.put("bailStatus", text(individual, "BailStatus"));
    read.put("offences", offences);
    return read;
  }

  private static Map<String, Object> offence(Element offence) {
    Element details = child(offence, "BaseOffenceDetails");
    List<Object> results = new ArrayList<>();
    for (Element result : children(offence, "Result")) {
      Map<String, Object> read = new LinkedHashMap<>();
      read.put("code", text(result, "ResultCode"));
      read.put("text", text(result, "ResultText"));
      results.add(read);
    }
    Map<String, Object> read = new LinkedHashMap<>();
    read.put("sequence", text(details, "OffenceSequenceNumber"));
    read.put("code", text(details, "OffenceCode"));
    read.put("start", text(child(child(details, "OffenceTiming"), "OffenceStart"), "OffenceDateStartDate"));
    read.put("plea", text(offence, "Plea"));
    read.put("finding", text(offence, "Finding"));
    read.put("results", results);
    return read;
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> found = new ArrayList<>();
    if (parent == null) return found;
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling())
      if (node instanceof Element element && name.equals(element.getLocalName())) found.add(element);
    return found;
  }

  private static Element child(Element parent, String name) {
    if (parent == null) return null;
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling())
      if (node instanceof Element element && name.equals(element.getLocalName())) return element;
    return null;
  }

  private static String text(Element parent, String name) {
    Element found = child(parent, name);
    return found == null ? null : found.getTextContent().trim();
  }
}
