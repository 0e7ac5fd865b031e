import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.FileWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Kafka Streams: a tumbling window of count and sum a minute and brand, in two threads.
 *
 * <p>The state is kept for longer than the load spans, so that history does not open and drop a
 * segment every few records, and so that all windows can be added up at the end.
 */
public final class TumblingCount {
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Mention(String brand, long likes) {}

  record Counts(long records, long likes) {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(System.getenv("BENCH_DIRECTORY"));
    long wanted = Long.parseLong(System.getenv("BENCH_RECORDS"));
    LongAdder seen = new LongAdder();

    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(System.getenv("BENCH_TOPIC"), Consumed.with(Serdes.String(), mentions()))
        .groupByKey()
        .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofMinutes(10)))
        .aggregate(
            () -> new Counts(0, 0),
            (brand, mention, counts) -> {
              seen.increment();
              return new Counts(counts.records() + 1, counts.likes() + mention.likes());
            },
            Materialized.<String, Counts, WindowStore<Bytes, byte[]>>as("counts")
                .withKeySerde(Serdes.String())
                .withValueSerde(counts())
                .withRetention(Duration.ofDays(400)));

    KafkaStreams streams = new KafkaStreams(builder.build(), properties(directory));
    streams.start();
    report(directory, seen, wanted);
    finish(directory, streams);
    streams.close(Duration.ofSeconds(30));
  }

  private static Properties properties(Path directory) throws IOException {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(Path.of(System.getenv("BENCH_PROPERTIES")))) {
      properties.load(reader);
    }
    properties.put("application.id", System.getenv("BENCH_GROUP"));
    properties.put("bootstrap.servers", System.getenv("BENCH_BOOTSTRAP"));
    properties.put("state.dir", directory.resolve("state").toString());
    return properties;
  }

  private static void report(Path directory, LongAdder seen, long wanted) throws Exception {
    try (PrintWriter out = new PrintWriter(new FileWriter(directory.resolve("progress").toFile()), true)) {
      long records = 0;
      while (records < wanted) {
        Thread.sleep(50);
        records = seen.sum();
        if (records > 0) {
          out.println(System.nanoTime() + " " + records);
        }
      }
    }
  }

  private static void finish(Path directory, KafkaStreams streams) throws IOException {
    var store =
        streams.store(
            StoreQueryParameters.fromNameAndType(
                "counts", QueryableStoreTypes.<String, Counts>windowStore()));
    long records = 0;
    long likes = 0;
    try (var windows = store.all()) {
      while (windows.hasNext()) {
        Counts counts = windows.next().value;
        records += counts.records();
        likes += counts.likes();
      }
    }
    Path part = directory.resolve("result.part");
    Files.writeString(part, "{\"records\": " + records + ", \"likes\": " + likes + "}");
    Files.move(part, directory.resolve("result"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static Serde<Mention> mentions() {
    ObjectReader reader = new ObjectMapper().readerFor(Mention.class);
    Deserializer<Mention> deserializer =
        (topic, bytes) -> {
          try {
            return reader.readValue(bytes);
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        };
    return Serdes.serdeFrom((topic, mention) -> null, deserializer);
  }

  private static Serde<Counts> counts() {
    return Serdes.serdeFrom(
        (topic, counts) ->
            ByteBuffer.allocate(16).putLong(counts.records()).putLong(counts.likes()).array(),
        (topic, bytes) -> {
          if (bytes == null) {
            return null;
          }
          ByteBuffer buffer = ByteBuffer.wrap(bytes);
          return new Counts(buffer.getLong(), buffer.getLong());
        });
  }
}
