package peer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;

/** Some of what Justice Interchange does for every message: validate, sign, and keep the original. It labels, protects and audits nothing. */
final class Duties {
  private static final Base64.Encoder BASE64 = Base64.getEncoder();
  private final ObjectMapper json;
  private final JsonSchema schema;
  private final KeyPair keys;

  Duties(ObjectMapper json, Path schemaFile) throws Exception {
    this.json = json;
    try (InputStream in = Files.newInputStream(schemaFile)) {
      schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(in);
    }
    schema.initializeValidators();
    keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
  }

  /** The result with its signature and the compressed original. Throws when the result is not valid. */
  byte[] fulfil(Map<String, Object> result, byte[] original) throws Exception {
    JsonNode tree = json.valueToTree(result);
    if (!schema.validate(tree).isEmpty()) throw new IllegalArgumentException("The result is not valid");
    byte[] written = json.writeValueAsBytes(tree);
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(keys.getPrivate());
    signature.update(written);
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(compressed)) {
      deflate.write(original);
    }
    Map<String, Object> sealed = new LinkedHashMap<>();
    sealed.put("urn", result.get("urn"));
    sealed.put("result", BASE64.encodeToString(written));
    sealed.put("signature", BASE64.encodeToString(signature.sign()));
    sealed.put("original", BASE64.encodeToString(compressed.toByteArray()));
    return json.writeValueAsBytes(sealed);
  }
}
