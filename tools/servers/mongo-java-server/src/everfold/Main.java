package everfold;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.io.IOException;
import java.util.List;

/**
 * A MongoDB in memory, on the loopback only: {@code java everfold.Main --port 0}. It writes
 * {@code listening on 127.0.0.1:PORT} when it can be used, and ends when its standard input does, so
 * that it never outlives the process that started it.
 */
public final class Main {

    /** The oldest version that version 7 of the Node.js driver speaks to; the server would say 8. */
    private static final MongoVersion VERSION = new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(4, 4, 29);
        }

        @Override
        public int getWireVersion() {
            return 9;
        }
    };

    public static void main(String[] args) throws IOException {
        if (args.length != 2 || !args[0].equals("--port")) {
            System.err.println("Usage: java everfold.Main --port <number, 0 for any that is free>");
            System.exit(2);
        }

        MemoryBackend backend = new MemoryBackend();
        backend.version(VERSION);
        MongoServer server = new MongoServer(backend);
        server.bind("127.0.0.1", Integer.parseInt(args[1]));
        System.out.println("listening on 127.0.0.1:" + server.getLocalAddress().getPort());

        while (System.in.read() >= 0) {
            // Nothing is said to it: only the end counts.
        }
        Runtime.getRuntime().halt(0);
    }
}
