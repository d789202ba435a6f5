/* The cheap side of a benchmark: clients, and one fan-out server, that cost far less than what they measure.
 *
 *   peer rr   PORT CONNECTIONS SECONDS HELLOFILE REQUESTFILE
 *   peer sink PORT CONNECTIONS SECONDS HELLOFILE [FRAMEBYTES | redis]
 *   peer fan  CLIENTS BYTES | FILE
 *
 * HELLOFILE holds frames of the API protocol. Each client sends the first, waits for the answer to it, sends
 * the second, and so on; measuring starts when the last client is through. "-" stands for no hello, "%d" in
 * the name for the number of the client, from 0.
 *
 * rr:   every connection sends all of REQUESTFILE (one or more frames of one kind), waits for as many answers
 *       and starts over. Serial numbers go up by one per frame sent.
 * sink: every client reads as fast as it can. Frames are counted from their headers; with "redis" RESP replies
 *       are; with FRAMEBYTES bytes are divided by it. In the last two the hello is sent raw, without waiting.
 * fan:  prints its port, accepts CLIENTS connections and sends each the same buffer over and over: what a
 *       server could reach if making the frames cost nothing.
 *
 * rr and sink print one JSON object. Only 127.0.0.1 is used. Build: cc -O2 -o peer peer.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 44, EVENTS = 256, MAX_CONNECTIONS = 4096, SLOWEST_US = 1000000 };
static const double WARM_UP = 0.3, HELLO_TIMEOUT = 15;
static const uint32_t MAX_BODY = 64u << 20;

enum counting { BY_FRAME, BY_RESP, BY_BYTES };

struct blob {
    unsigned char *bytes;
    size_t length;
};

struct connection {
    int socket;
    struct blob hello;
    size_t hello_sent;       /* bytes of the hello already sent; the hello is over when all are and answered */
    uint32_t awaited_serial, awaited_kind; /* of the hello frame sent last */
    int ready;
    /* where the stream stands: inside a header (or a RESP line), or before `skip` bytes of body */
    unsigned char header[HEADER];
    size_t header_length;
    uint64_t skip;
    int64_t elements; /* of a RESP array, still to come */
    /* what was counted */
    uint64_t bytes, frames, bytes_before, frames_before;
    /* rr */
    uint32_t serial;
    size_t answers_missing;
    double sent_at;
};

static struct connection *connections;
static int connection_count, ready_count, poll_set;
static enum counting counting;
static unsigned char buffer[256 * 1024];

/* rr */
static struct blob request;
static size_t request_frames;
static uint32_t request_kind;
static int measuring;
static uint32_t histogram[SLOWEST_US + 1];
static uint64_t answered, answer_bytes;
static double slowest;

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("peer: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static uint32_t little_endian(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_little_endian(unsigned char *p, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(value >> 8 * i);
}

static uint32_t kind_of(const unsigned char *header) { return little_endian(header + 2); }
static uint32_t serial_of(const unsigned char *header) { return little_endian(header + 8); }
static uint32_t body_length_of(const unsigned char *header) { return little_endian(header + 12); }

static struct blob read_file(const char *name)
{
    struct blob blob = {0};
    FILE *file = fopen(name, "rb");
    if (!file)
        fail("cannot open %s: %s", name, strerror(errno));
    for (;;) {
        blob.bytes = realloc(blob.bytes, blob.length + 65536);
        if (!blob.bytes)
            fail("out of memory");
        size_t got = fread(blob.bytes + blob.length, 1, 65536, file);
        blob.length += got;
        if (got == 0)
            break;
    }
    fclose(file);
    return blob;
}

static struct blob read_hello(const char *name, int number)
{
    char expanded[4096];
    const char *mark = strstr(name, "%d");
    if (!strcmp(name, "-"))
        return (struct blob){0};
    if (!mark)
        return read_file(name);
    if (snprintf(expanded, sizeof expanded, "%.*s%d%s", (int)(mark - name), name, number, mark + 2) >= (int)sizeof expanded)
        fail("file name too long");
    return read_file(expanded);
}

/* Length of the frame that starts at `offset`; the whole of it must be there. */
static size_t frame_length(struct blob blob, size_t offset)
{
    if (blob.length - offset < HEADER || memcmp(blob.bytes + offset, "FT", 2))
        fail("byte %zu of the file does not begin a frame", offset);
    size_t length = HEADER + (size_t)body_length_of(blob.bytes + offset);
    if (length > blob.length - offset)
        fail("the file ends inside a frame");
    return length;
}

static void send_all(int socket, const unsigned char *bytes, size_t length)
{
    while (length) {
        ssize_t sent = send(socket, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            fail("send: %s", strerror(errno));
        bytes += sent;
        length -= (size_t)sent;
    }
}

static int dial(int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        fail("connect: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* The hello */

static void go_on_with_hello(struct connection *c)
{
    if (c->hello_sent == c->hello.length) {
        c->ready = 1;
        ready_count++;
        return;
    }
    if (counting != BY_FRAME) {
        send_all(c->socket, c->hello.bytes, c->hello.length);
        c->hello_sent = c->hello.length;
        go_on_with_hello(c);
        return;
    }
    size_t length = frame_length(c->hello, c->hello_sent);
    c->awaited_serial = serial_of(c->hello.bytes + c->hello_sent);
    c->awaited_kind = kind_of(c->hello.bytes + c->hello_sent);
    send_all(c->socket, c->hello.bytes + c->hello_sent, length);
    c->hello_sent += length;
}

/* Request and answer */

static void send_requests(struct connection *c)
{
    for (size_t at = 0; at < request.length; at += frame_length(request, at))
        put_little_endian(request.bytes + at + 8, c->serial++);
    c->answers_missing = request_frames;
    c->sent_at = now();
    send_all(c->socket, request.bytes, request.length);
}

static void on_answer(struct connection *c, size_t length)
{
    if (c->answers_missing == 0 || --c->answers_missing > 0)
        return;
    if (measuring) {
        double us = (now() - c->sent_at) * 1e6;
        histogram[us < SLOWEST_US ? (int)us : SLOWEST_US]++;
        if (us > slowest)
            slowest = us;
        answered += request_frames;
        answer_bytes += length;
    }
    send_requests(c);
}

/* Streams */

static void on_header(struct connection *c)
{
    uint32_t body = body_length_of(c->header);
    if (memcmp(c->header, "FT", 2) || body > MAX_BODY)
        fail("what came is not a frame");
    c->skip = body;
}

static void on_frame(struct connection *c)
{
    c->frames++;
    if (!c->ready && kind_of(c->header) == c->awaited_kind && serial_of(c->header) == c->awaited_serial)
        go_on_with_hello(c);
    else if (request_frames && kind_of(c->header) == request_kind)
        on_answer(c, HEADER + (size_t)body_length_of(c->header));
}

static void count_frames(struct connection *c, const unsigned char *p, size_t length)
{
    for (;;) {
        if (c->header_length < HEADER) {
            size_t wanted = HEADER - c->header_length, part = length < wanted ? length : wanted;
            memcpy(c->header + c->header_length, p, part);
            c->header_length += part;
            p += part;
            length -= part;
            if (c->header_length < HEADER)
                return;
            on_header(c);
        }
        size_t part = length < c->skip ? length : (size_t)c->skip;
        c->skip -= part;
        p += part;
        length -= part;
        if (c->skip)
            return;
        c->header_length = 0;
        on_frame(c);
    }
}

/* A RESP reply here is an array of bulk strings and integers. */
static void count_resp(struct connection *c, const unsigned char *p, size_t length)
{
    while (length) {
        if (c->skip) {
            size_t part = length < c->skip ? length : (size_t)c->skip;
            c->skip -= part;
            p += part;
            length -= part;
            if (!c->skip && --c->elements == 0)
                c->frames++;
            continue;
        }
        unsigned char byte = *p++;
        length--;
        if (byte != '\n') {
            if (c->header_length < HEADER - 1)
                c->header[c->header_length++] = byte;
            continue;
        }
        c->header[c->header_length] = 0;
        c->header_length = 0;
        long long number = atoll((char *)c->header + 1);
        if (c->header[0] == '*')
            c->elements = number;
        else if (c->header[0] == '$' && number >= 0)
            c->skip = (uint64_t)number + 2;
        else if (c->header[0] == '-')
            fail("redis says %s", c->header);
        else if (--c->elements == 0)
            c->frames++;
    }
}

/* One round of reading whatever came, at most `timeout` ms away. */
static void turn(int timeout)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poll_set, events, EVENTS, timeout);
    for (int i = 0; i < count; i++) {
        struct connection *c = connections + events[i].data.u32;
        ssize_t got = recv(c->socket, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0)
            fail("client %u: the server closed the connection", events[i].data.u32);
        c->bytes += (uint64_t)got;
        if (counting == BY_FRAME)
            count_frames(c, buffer, (size_t)got);
        else if (counting == BY_RESP)
            count_resp(c, buffer, (size_t)got);
    }
}

static void turn_until(double end)
{
    for (double left; (left = end - now()) > 0;)
        turn((int)(left * 1000) + 1);
}

static void connect_all(int port, int count, const char *hello)
{
    if (count < 1 || count > MAX_CONNECTIONS)
        fail("1 to %d connections", MAX_CONNECTIONS);
    connection_count = count;
    connections = calloc((size_t)count, sizeof *connections);
    poll_set = epoll_create1(EPOLL_CLOEXEC);
    if (!connections || poll_set < 0)
        fail("out of memory");
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        connections[i].hello = read_hello(hello, i);
        connections[i].serial = 1000;
        connections[i].socket = dial(port);
        if (epoll_ctl(poll_set, EPOLL_CTL_ADD, connections[i].socket, &event))
            fail("epoll_ctl: %s", strerror(errno));
        go_on_with_hello(connections + i);
    }
    double end = now() + HELLO_TIMEOUT;
    while (ready_count < count) {
        turn(100);
        if (now() > end)
            fail("%d of %d clients got no answer to their hello", count - ready_count, count);
    }
}

static double percentile(uint64_t samples, double part)
{
    uint64_t wanted = (uint64_t)((double)samples * part), seen = 0;
    for (int us = 0; us < SLOWEST_US; us++) {
        seen += histogram[us];
        if (seen > wanted)
            return us;
    }
    return slowest;
}

static int run_requests(int port, int count, double seconds, const char *hello, const char *request_file)
{
    request = read_file(request_file);
    size_t frames = 0;
    for (size_t at = 0; at < request.length; at += frame_length(request, at))
        frames++;
    if (!frames || request.length > sizeof buffer)
        fail("the requests should be 1 to %zu bytes", sizeof buffer);
    connect_all(port, count, hello);
    request_kind = kind_of(request.bytes);
    request_frames = frames;
    for (int i = 0; i < count; i++)
        send_requests(connections + i);
    turn_until(now() + WARM_UP);
    measuring = 1;
    double start = now(), cpu = cpu_seconds();
    turn_until(start + seconds);
    double elapsed = now() - start;
    cpu = cpu_seconds() - cpu;
    uint64_t rounds = answered / request_frames;
    if (!rounds)
        fail("no answer in %.1f s", seconds);
    printf("{\"requests_per_second\": %.1f, \"p50_us\": %.0f, \"p90_us\": %.0f, \"p99_us\": %.0f, \"p999_us\": %.0f, "
           "\"max_us\": %.0f, \"answer_bytes\": %.1f, \"requests\": %llu, \"seconds\": %.4f, \"peer_cpu\": %.3f}\n",
           (double)answered / elapsed, percentile(rounds, .5), percentile(rounds, .9), percentile(rounds, .99),
           percentile(rounds, .999), slowest, (double)answer_bytes / (double)rounds, (unsigned long long)answered, elapsed,
           cpu / elapsed);
    return 0;
}

static int run_sink(int port, int count, double seconds, const char *hello, const char *unit)
{
    double frame_bytes = 0;
    if (unit && !strcmp(unit, "redis")) {
        counting = BY_RESP;
    } else if (unit) {
        counting = BY_BYTES;
        frame_bytes = atof(unit);
        if (frame_bytes <= 0)
            fail("FRAMEBYTES is a number above 0, or the word redis");
    }
    connect_all(port, count, hello);
    turn_until(now() + WARM_UP);
    for (int i = 0; i < count; i++) {
        connections[i].bytes_before = connections[i].bytes;
        connections[i].frames_before = connections[i].frames;
    }
    double start = now(), cpu = cpu_seconds();
    turn_until(start + seconds);
    double elapsed = now() - start, total = 0, least = 0, most = 0, bytes = 0;
    cpu = cpu_seconds() - cpu;
    for (int i = 0; i < count; i++) {
        double own_bytes = (double)(connections[i].bytes - connections[i].bytes_before);
        double own = counting == BY_BYTES ? own_bytes / frame_bytes
                                          : (double)(connections[i].frames - connections[i].frames_before);
        bytes += own_bytes;
        total += own;
        least = i == 0 || own < least ? own : least;
        most = own > most ? own : most;
    }
    printf("{\"frames_per_second\": %.1f, \"bytes_per_second\": %.1f, \"fairness\": %.3f, \"least_frames\": %.0f, "
           "\"most_frames\": %.0f, \"frames\": %.0f, \"clients\": %d, \"seconds\": %.4f, \"peer_cpu\": %.3f, \"per_client\": [",
           total / elapsed, bytes / elapsed, total > 0 ? least * count / total : 0, least, most, total, count, elapsed,
           cpu / elapsed);
    for (int i = 0; i < count; i++) {
        double own_bytes = (double)(connections[i].bytes - connections[i].bytes_before);
        printf("%s%.0f", i ? ", " : "",
               counting == BY_BYTES ? own_bytes / frame_bytes
                                    : (double)(connections[i].frames - connections[i].frames_before));
    }
    puts("]}");
    return 0;
}

static int run_fan(int count, const char *what)
{
    struct blob blob = {0};
    if (strspn(what, "0123456789") == strlen(what)) {
        blob.length = (size_t)atoll(what);
        blob.bytes = calloc(1, blob.length + 1);
    } else {
        blob = read_file(what);
    }
    if (count < 1 || count > MAX_CONNECTIONS || !blob.bytes || !blob.length)
        fail("fan takes 1 to %d clients and at least one byte", MAX_CONNECTIONS);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, MAX_CONNECTIONS)
        || getsockname(listener, (struct sockaddr *)&address, &length))
        fail("listen: %s", strerror(errno));
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    int *sockets = calloc((size_t)count, sizeof *sockets);
    size_t *sent = calloc((size_t)count, sizeof *sent);
    poll_set = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLOUT, .data.u32 = (uint32_t)i};
        sockets[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (sockets[i] < 0 || epoll_ctl(poll_set, EPOLL_CTL_ADD, sockets[i], &event))
            fail("accept: %s", strerror(errno));
    }
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poll_set, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            uint32_t n = events[i].data.u32;
            ssize_t k = send(sockets[n], blob.bytes + sent[n], blob.length - sent[n], MSG_DONTWAIT | MSG_NOSIGNAL);
            if (k < 0 && errno != EAGAIN && errno != EINTR)
                return 0; /* a client left: the measurement is over */
            if (k > 0)
                sent[n] = (sent[n] + (size_t)k) % blob.length;
        }
    }
}

int main(int count, char **words)
{
    if (count == 7 && !strcmp(words[1], "rr"))
        return run_requests(atoi(words[2]), atoi(words[3]), atof(words[4]), words[5], words[6]);
    if ((count == 6 || count == 7) && !strcmp(words[1], "sink"))
        return run_sink(atoi(words[2]), atoi(words[3]), atof(words[4]), words[5], count == 7 ? words[6] : NULL);
    if (count == 4 && !strcmp(words[1], "fan"))
        return run_fan(atoi(words[2]), words[3]);
    fputs("usage: peer rr PORT CONNECTIONS SECONDS HELLOFILE REQUESTFILE\n"
          "       peer sink PORT CONNECTIONS SECONDS HELLOFILE [FRAMEBYTES|redis]\n"
          "       peer fan CLIENTS BYTES|FILE\n",
          stderr);
    return 2;
}
