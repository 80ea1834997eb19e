// Mangle: writes a recording anew with some of its bytes changed at random and every CRC and the
// digest right, as a stranger who wants to harm its reader would. Usage: mangle IN.mcap OUT.mcap
// SEED
#include <stdlib.h>
#include <string.h>

#include "recorder/digest.h"
#include "recorder/mcap.h"

static uint64_t s_state;

static uint64_t draw(uint64_t n)
{
    s_state ^= s_state << 13;
    s_state ^= s_state >> 7;
    s_state ^= s_state << 17;
    return n ? s_state % n : 0;
}

static void need(bool fine, const DdError* err)
{
    if (!fine) {
        fprintf(stderr, "mangle: %s\n", err->text);
        exit(1);
    }
}

// Values that arithmetic on sizes and indices likes least, or noise.
static void change_bytes(uint8_t* data, size_t size)
{
    static const uint64_t k_nasty[] = {
        0,          0xFF,       0x7FFFFFFF,         0x80000000,         0xFFFFFFFF,
        UINT64_MAX, 1ull << 63, 0x7FF0000000000000, 0x7FF8000000000000, 0x7FEFFFFFFFFFFFFF};
    for (uint64_t n = 1 + draw(4); n > 0 && size > 0; n--) {
        size_t at = (size_t)draw(size);
        uint64_t nasty = k_nasty[draw(sizeof k_nasty / sizeof *k_nasty)];
        size_t width = (size_t)1 << draw(4);
        at -= at % (width < 4 ? width : 4);
        switch (draw(3)) {
        case 0:
            data[at] ^= (uint8_t)(1u << draw(8));
            break;
        case 1:
            data[at] = (uint8_t)draw(256);
            break;
        default:
            memcpy(data + at, &nasty, at + width <= size ? width : size - at);
        }
    }
}

// JSON and other text: a digit, a word, a bracket; what comes out is still mostly text.
static char* change_text(const char* text)
{
    static const char* const k_words[] = {"-1",         "0",           "1e308",    "99999999999",
                                          "null",       "true",        "\"\"",     "[]",
                                          "{}",         "\"../../x\"", "-0.5",     "1e-300",
                                          "2147483647", "\"\\u0000\"", "[[[[]]]]", "\"amr/base\""};
    size_t size = strlen(text);
    char* out = malloc(size + 64);
    memcpy(out, text, size + 1);
    for (uint64_t n = 1 + draw(3); n > 0; n--) {
        // one value of the JSON is another one
        size_t at = (size_t)draw(size);
        while (at < size && out[at] != ':' && out[at] != ',' && out[at] != '[') {
            at++;
        }
        if (at + 1 >= size) {
            continue;
        }
        at++;
        size_t end = at;
        if (out[end] == '"') {
            for (end++; end < size && out[end] != '"'; end++) {
            }
            end++;
        } else {
            while (end < size && !strchr(",]}", out[end])) {
                end++;
            }
        }
        const char* word = k_words[draw(sizeof k_words / sizeof *k_words)];
        size_t m = strlen(word);
        if (end > size || size - (end - at) + m >= strlen(text) + 60) {
            continue;
        }
        memmove(out + at + m, out + end, size - end + 1);
        memcpy(out + at, word, m);
        size = strlen(out);
    }
    return out;
}

int main(int argc, char** argv)
{
    DdError err;
    dd_error_clear(&err);
    if (argc != 4) {
        fprintf(stderr, "usage: mangle IN.mcap OUT.mcap SEED\n");
        return 2;
    }
    s_state = 0x9E3779B97F4A7C15u * (strtoull(argv[3], NULL, 10) + 1);
    draw(1);
    DdMcapReader* r = dd_mcap_open(argv[1], true, &err);
    need(r != NULL, &err);
    int what =
        (int)draw(8); // 0-3 messages, 4-5 the run record, 6 a file, 7 a channel's description
    uint64_t total = dd_mcap_message_count(r);
    uint64_t victim = draw(total);
    int channels = dd_mcap_channel_count(r);
    int chosen = (int)draw((uint64_t)channels);
    const char* topic = dd_mcap_channel_at(r, chosen)->topic;

    DdMcapMetadata first, result;
    need(dd_mcap_metadata_at(r, 0, &first, &err), &err);
    DdMcapKv kv[16];
    char* changed[16] = {NULL};
    int nkv = first.nkv < 16 ? first.nkv : 16;
    for (int i = 0; i < nkv; i++) {
        kv[i] = first.kv[i];
        if ((what == 4 || what == 5) &&
            strcmp(kv[i].key, draw(5) ? "run_record" : "physics_hz") == 0) {
            kv[i].value = changed[i] = change_text(kv[i].value);
        }
    }
    DdMcapDef def = dd_mcap_def();
    def.library = dd_mcap_library(r);
    DdMcapWriter* w = dd_mcap_create(argv[2], &def, first.name, kv, nkv, &err);
    need(w != NULL, &err);
    static uint16_t schema_of[65536], channel_of[65536];
    for (int i = 0; i < dd_mcap_schema_count(r); i++) {
        const DdMcapSchema* s = dd_mcap_schema_at(r, i);
        schema_of[s->id] = dd_mcap_schema(w, s->name, s->encoding, s->data, s->size);
    }
    for (int i = 0; i < channels; i++) {
        const DdMcapChannel* c = dd_mcap_channel_at(r, i);
        DdMcapKv own[16];
        int n = c->nkv < 16 ? c->nkv : 16;
        char* text = NULL;
        for (int k = 0; k < n; k++) {
            own[k] = c->kv[k];
            if (what == 7 && i == chosen && !text) {
                own[k].value = text = change_text(own[k].value);
            }
        }
        channel_of[c->id] = dd_mcap_channel(w, schema_of[c->schema], c->topic, c->encoding, own, n);
        free(text);
    }
    int files = dd_mcap_attachment_count(r), file = (int)draw((uint64_t)files);
    for (int i = 0; i < files; i++) {
        DdMcapAttachment a;
        need(dd_mcap_attachment_at(r, i, &a, &err), &err);
        uint8_t* data = malloc(a.size + 1);
        memcpy(data, a.data, a.size);
        if (what == 6 && i == file) {
            change_bytes(data, a.size);
        }
        dd_mcap_attachment(w, a.name, a.media_type, a.log_ns, a.create_ns, data, a.size);
        free(data);
    }
    DdDigest digest;
    dd_digest_begin(&digest, true);
    DdMcapMessage m;
    // either any message, or the first few of one topic: small topics are rarely hit else
    bool by_topic = what < 4 && draw(2);
    int left = 1 + (int)draw(3);
    for (uint64_t i = 0; dd_mcap_next(r, &m, &err); i++) {
        size_t size = m.size;
        uint8_t* data = malloc(m.size + 1);
        memcpy(data, m.data, m.size);
        if (what < 4 &&
            (by_topic ? strcmp(m.channel->topic, topic) == 0 && left-- > 0 : i == victim)) {
            change_bytes(data, size);
            size = draw(8) ? size : (size_t)draw(size + 1);
        }
        dd_digest_message(&digest, m.channel->topic, m.log_ns, data, size);
        dd_mcap_message(w, channel_of[m.channel->id], m.sequence, m.log_ns, m.publish_ns, data,
                        size);
        free(data);
    }
    char hex[DD_SHA256_HEX_SIZE];
    dd_digest_end(&digest, hex);
    if (dd_mcap_metadata_count(r) > 1 && dd_mcap_metadata_at(r, 1, &result, &err)) {
        int n = result.nkv < 16 ? result.nkv : 16;
        for (int i = 0; i < n; i++) {
            kv[i] = result.kv[i];
            kv[i].value = strcmp(kv[i].key, "digest") == 0 ? hex : kv[i].value;
        }
        dd_mcap_metadata(w, result.name, kv, n);
    }
    need(dd_mcap_close(w, &err), &err);
    dd_mcap_reader_close(r);
    for (int i = 0; i < 16; i++) {
        free(changed[i]);
    }
    return 0;
}
