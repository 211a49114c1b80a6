package peer;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;
import org.apache.camel.model.ProcessorDefinition;

/**
 * A court result over HTTP to one line of a file, or one record of Kafka; answered when the output has it.
 * Usage: Peer PORT file|sync FILE [SCHEMA], or Peer PORT kafka BROKERS TOPIC. With a schema it has the duties of {@link Duties}.
 */
public final class Peer extends RouteBuilder {
  private final ObjectMapper json = new ObjectMapper();
  private final String[] arguments;
  private final Duties duties;

  private Peer(String[] arguments) throws Exception {
    this.arguments = arguments;
    boolean hasSchema = !arguments[1].equals("kafka") && arguments.length > 3;
    duties = hasSchema ? new Duties(json, Path.of(arguments[3])) : null;
  }

  @Override
  public void configure() throws IOException {
    ProcessorDefinition<?> route = from("platform-http:/v1/messages?httpMethodRestrict=POST").process(this::translate);
    if (arguments[1].equals("kafka"))
      // Endpoints of Camel take what stands between RAW( and ) as it is.
      route = route.toF("kafka:%s?brokers=RAW(%s)&requestRequiredAcks=all", arguments[3], arguments[2]);
    else route = route.process(append(Path.of(arguments[2]), arguments[1].equals("sync")));
    route.process(Peer::answer);
  }

  private void translate(Exchange exchange) throws Exception {
    Message message = exchange.getMessage();
    byte[] original = message.getBody(byte[].class);
    Map<String, Object> result = CourtResult.read(original);
    message.removeHeaders("*");
    message.setHeader("kafka.KEY", result.get("urn"));
    message.setBody(duties == null ? json.writeValueAsBytes(result) : duties.fulfil(result, original));
  }

  private static Processor append(Path file, boolean sync) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    Object lock = new Object();
    return exchange -> {
      byte[] line = exchange.getMessage().getBody(byte[].class);
      ByteBuffer bytes = ByteBuffer.allocate(line.length + 1).put(line).put((byte) '\n').flip();
      synchronized (lock) {
        while (bytes.hasRemaining()) channel.write(bytes);
        if (sync) channel.force(false);
      }
    };
  }

  private static void answer(Exchange exchange) {
    exchange.getMessage().removeHeaders("*");
    exchange.getMessage().setBody(null);
    exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, 202);
  }

  public static void main(String[] arguments) throws Exception {
    Main main = new Main();
    main.addInitialProperty("camel.server.enabled", "true");
    main.addInitialProperty("camel.server.host", "127.0.0.1");
    main.addInitialProperty("camel.server.port", arguments[0]);
    main.configure().addRoutesBuilder(new Peer(arguments));
    main.run();
  }
}
