// Conformance: all variants of the public MCAP suite, made by its rule, written and read, streamed
// and by index. With a folder of the suite's own files (NAME.mcap with NAME.json) as argument:
// those.
#include "sim/base/hash.h"
#include "tests/unit/recorder/conformance.h"

#include <ftw.h>

enum { OLD = 2 * PAD }; // the older way to pad

typedef struct Input {
    const char* name;
    const char* records; // JSON with ' for "
} Input;

#define EXAMPLE                                                                                    \
    "{'type':'Schema','fields':[['data',['4','5','6']],['encoding','c'],['id','1'],"               \
    "['name','Example']]},"                                                                        \
    "{'type':'Channel','fields':[['id','1'],['message_encoding','a'],['metadata',{'foo':'bar'}],"  \
    "['schema_id','1'],['topic','example']]}"
#define MESSAGE(log, publish, sequence)                                                            \
    "{'type':'Message','fields':[['channel_id','1'],['data',['1','2','3']],['log_time','" log      \
    "'],['publish_time','" publish "'],['sequence','" sequence "']]}"

static const Input k_inputs[] = {
    {"NoData", "[]"},
    {"OneSchemalessMessage",
     "[{'type':'Channel','fields':[['id','1'],['message_encoding','text'],['metadata',{}],"
     "['schema_id','0'],['topic','example']]}," MESSAGE("2", "1", "10") "]"},
    {"OneMessage", "[" EXAMPLE "," MESSAGE("2", "1", "10") "]"},
    {"OneAttachment",
     "[{'type':'Attachment','fields':[['create_time','1'],['data',['1','2','3']],['log_time','2'],"
     "['media_type','application/octet-stream'],['name','myFile']]}]"},
    {"OneMetadata",
     "[{'type':'Metadata','fields':[['metadata',{'foo':'bar'}],['name','myMetadata']]}]"},
    {"TenMessages",
     "[" EXAMPLE
     "," MESSAGE("0", "0", "0") "," MESSAGE("2", "2", "1") "," MESSAGE("1", "1", "2") "," MESSAGE("3", "3", "3") "," MESSAGE(
         "3", "3",
         "4") "," MESSAGE("5", "5",
                          "5") "," MESSAGE("4", "4",
                                           "6") "," MESSAGE("7", "7",
                                                            "7") "," MESSAGE("8", "8",
                                                                             "8") "," MESSAGE("9",
                                                                                              "9",
                                                                                              "9") "]"},
};

static json_t* parse(const char* text)
{
    char* copy = strdup(text);
    for (char* p = copy; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    json_t* j = json_loads(copy, 0, NULL);
    assert_non_null(j);
    free(copy);
    return j;
}

static bool has(const json_t* records, const char* type)
{
    size_t i;
    json_t* r;
    json_array_foreach((json_t*)(uintptr_t)records, i, r)
    {
        if (is_record(r, type)) {
            return true;
        }
    }
    return false;
}

// Which combinations the suite has.
static bool makes_sense(const json_t* records, unsigned f)
{
    bool in_chunks = has(records, "Message") || has(records, "Channel") || has(records, "Schema");
    if (((f & AX) && !has(records, "Attachment")) || ((f & MDX) && !has(records, "Metadata")) ||
        ((f & RSH) && !has(records, "Schema")) || ((f & RCH) && !has(records, "Channel")) ||
        (!in_chunks && (f & (CH | CHX | MX)))) {
        return false;
    }
    // indexes without chunks are no variants of their own
    if (!(f & CH) && (f & (CHX | MX))) {
        return false;
    }
    return !(f & SUM) || (f & (CHX | RSH | RCH | MDX | AX | ST));
}

// The padded variant of a file: three more bytes behind the known fields of every record but those
// that may not have them, offsets moved along, CRCs made anew. Written apart from the writer. Older
// editions of the suite pad DataEnd too.
typedef struct Moved {
    uint64_t from, to;
} Moved;

static uint64_t moved(const Moved* m, int n, uint64_t from)
{
    for (int i = 0; i < n; i++) {
        if (m[i].from == from) {
            return m[i].to;
        }
    }
    return 0;
}

static uint8_t* pad_file(const uint8_t* in, size_t n, bool data_end, size_t* out_n)
{
    static const uint8_t k_pad[3] = {0x01, 0xff, 0xff};
    DdBuf b = {0};
    Moved m[64];
    int nm = 0;
    dd_buf_bytes(&b, in, DD_MAGIC_SIZE);
    DdSpan file = {.p = in, .n = n - DD_MAGIC_SIZE, .at = DD_MAGIC_SIZE};
    DdRec rec;
    size_t summary = 0;
    while (dd_rec_next(&file, &rec)) {
        m[nm++] = (Moved){rec.at, b.n};
        size_t at = b.n;
        bool pad = rec.op != DD_OP_MESSAGE && rec.op != DD_OP_CHUNK && rec.op != DD_OP_FOOTER &&
                   (data_end || rec.op != DD_OP_DATA_END);
        uint64_t extra = pad ? 3 : 0;
        dd_buf_bytes(&b, in + rec.at, (size_t)rec.length);
        dd_put_u64(b.p + at + 1, rec.length - 9 + extra);
        uint8_t* p = b.p + at + 9;
        if (rec.op == DD_OP_DATA_END) {
            dd_put_u32(p, dd_crc32(0, b.p, at));
            summary = b.n + extra;
        } else if (rec.op == DD_OP_CHUNK_INDEX) {
            uint64_t indexes = dd_get_u64(p + 16) == 0 ? 0 : dd_get_u32(p + 32) / 10;
            dd_put_u64(p + 16, moved(m, nm, dd_get_u64(p + 16)));
            for (uint64_t i = 0; i < indexes; i++) {
                dd_put_u64(p + 36 + 10 * i + 2, moved(m, nm, dd_get_u64(p + 36 + 10 * i + 2)));
            }
            size_t length_at = 36 + 10 * (size_t)indexes;
            dd_put_u64(p + length_at, dd_get_u64(p + length_at) + 3 * indexes);
        } else if (rec.op == DD_OP_ATTACHMENT_INDEX || rec.op == DD_OP_METADATA_INDEX) {
            dd_put_u64(p, moved(m, nm, dd_get_u64(p)));
            dd_put_u64(p + 8, dd_get_u64(p + 8) + 3);
        } else if (rec.op == DD_OP_SUMMARY_OFFSET) {
            // groups of these inputs have one record each
            dd_put_u64(p + 1, moved(m, nm, dd_get_u64(p + 1)));
            dd_put_u64(p + 9, dd_get_u64(p + 9) + 3);
        } else if (rec.op == DD_OP_FOOTER) {
            if (dd_get_u64(p)) {
                dd_put_u64(p, moved(m, nm, dd_get_u64(p)));
            }
            if (dd_get_u64(p + 8)) {
                dd_put_u64(p + 8, moved(m, nm, dd_get_u64(p + 8)));
            }
            size_t from = dd_get_u64(p) ? summary : at;
            dd_put_u32(p + 16, dd_crc32(0, b.p + from, b.n - 4 - from));
        }
        if (pad) {
            dd_buf_bytes(&b, k_pad, 3);
        }
    }
    dd_buf_bytes(&b, dd_mcap_magic, DD_MAGIC_SIZE);
    *out_n = b.n;
    return b.p;
}

// CRCs of whole sections in the suite's files: whoever has them has the same bytes.
static const struct {
    const char* name;
    unsigned features;
    uint64_t data_crc, summary_crc;
} k_known[] = {
    {"TenMessages", CH | MX | ST | RSH | RCH | CHX | SUM, 2749581515, 2261599816},
    {"OneSchemalessMessage", CH | MX | ST | RCH | CHX | SUM | PAD | OLD, 3715123221, 239768738},
};

static void check_known(const char* name, unsigned features, const json_t* got)
{
    size_t n = json_array_size(got);
    for (size_t i = 0; i < sizeof k_known / sizeof *k_known; i++) {
        if (strcmp(k_known[i].name, name) == 0 && k_known[i].features == features) {
            assert_int_equal(number_of(json_array_get(got, n - 1), "summary_crc"),
                             k_known[i].summary_crc);
            for (size_t k = 0; k < n; k++) {
                if (is_record(json_array_get(got, k), "DataEnd")) {
                    assert_int_equal(number_of(json_array_get(got, k), "data_section_crc"),
                                     k_known[i].data_crc);
                    return;
                }
            }
        }
    }
}

// The records of the data section, then a DataEnd.
static void check_records(const json_t* want, const json_t* got)
{
    assert_true(is_record(json_array_get(got, 0), "Header"));
    for (size_t i = 0; i < json_array_size(want); i++) {
        assert_true(same_record(json_array_get(want, i), json_array_get(got, i + 1)));
    }
    assert_true(is_record(json_array_get(got, json_array_size(want) + 1), "DataEnd"));
    assert_true(is_record(json_array_get(got, json_array_size(got) - 1), "Footer"));
}

static void test_all_variants(void** state)
{
    (void)state;
    int variants = 0;
    for (size_t i = 0; i < sizeof k_inputs / sizeof *k_inputs; i++) {
        json_t* records = parse(k_inputs[i].records);
        for (unsigned f = 0; f < 2 * OLD; f++) {
            if (!makes_sense(records, f) || ((f & OLD) && !(f & PAD))) {
                continue;
            }
            const char* path = help_path("variant.mcap");
            write_records(path, f, records);
            size_t n;
            uint8_t* bytes = help_read(path, &n);
            if (f & PAD) {
                size_t padded_n;
                uint8_t* padded = pad_file(bytes, n, f & OLD, &padded_n);
                free(bytes);
                bytes = padded;
                n = padded_n;
                help_write(path, bytes, n);
            }
            json_t* got = streamed(bytes, n);
            check_records(records, got);
            check_known(k_inputs[i].name, f, got);
            json_decref(got);
            free(bytes);
            help_findings = 0;
            // what is warned of is how the suite made its files: no library, times that go back
            bool sorted = strcmp(k_inputs[i].name, "TenMessages") != 0;
            int errors = dd_mcap_check(path, help_report, NULL);
            // a summary that counts or indexes channels and does not repeat them is against the
            // rules
            bool whole = !(f & (CHX | ST)) || (f & RCH) || !has(records, "Channel");
            if ((errors && whole) || (sorted && whole && help_findings > 1) ||
                !read_records(path, f, records)) {
                fail_msg("%s, features %x: %s", k_inputs[i].name, f, help_finding);
            }
            variants += !(f & OLD);
        }
        json_decref(records);
    }
    print_message("%d variants\n", variants);
}

// The suite's own files.

static int files_seen, files_bad;

static unsigned features_of(const json_t* j)
{
    unsigned f = 0;
    size_t i;
    json_t* v;
    json_array_foreach(
        json_object_get(json_object_get(json_object_get(j, "meta"), "variant"), "features"), i, v)
    {
        for (unsigned k = 0; k < 10; k++) {
            f |= strcmp(json_string_value(v), k_feature_names[k]) == 0 ? 1u << k : 0;
        }
    }
    return f;
}

// A suite that was fetched without its large files has pointers in their place: "oid sha256:HEX"
// names the bytes. What our writer makes of the JSON must be those bytes; they are then read as the
// file.
static uint8_t* bytes_named(const uint8_t* pointer, size_t size, unsigned f, const json_t* records,
                            const char* mine, size_t* n)
{
    static const char k_key[] = "oid sha256:";
    char text[512];
    snprintf(text, sizeof text, "%.*s", (int)size, (const char*)pointer);
    const char* oid = strstr(text, k_key);
    if (strncmp(text, "version https://git-lfs", 23) != 0 || !oid) {
        return NULL;
    }
    write_records(mine, f, records);
    for (int older = 0; older < 2; older++) {
        uint8_t* bytes = help_read(mine, n);
        if (f & PAD) {
            size_t padded_n;
            uint8_t* padded = pad_file(bytes, *n, older, &padded_n);
            free(bytes);
            bytes = padded;
            *n = padded_n;
        }
        unsigned char sha[DD_SHA256_SIZE];
        char hex[DD_SHA256_HEX_SIZE];
        dd_sha256(bytes, *n, sha);
        dd_sha256_hex(sha, hex);
        if (strncmp(oid + sizeof k_key - 1, hex, 64) == 0) {
            help_write(mine, bytes, *n);
            return bytes;
        }
        free(bytes);
    }
    *n = 0;
    return calloc(1, 1);
}

static int check_file(const char* path, const struct stat* st, int flag, struct FTW* ftw)
{
    (void)st;
    (void)ftw;
    size_t len = strlen(path);
    if (flag != FTW_F || len < 5 || strcmp(path + len - 5, ".mcap") != 0) {
        return 0;
    }
    char json_path[DD_PATH_MAX];
    snprintf(json_path, sizeof json_path, "%.*s.json", (int)len - 5, path);
    json_t* j = json_load_file(json_path, 0, NULL);
    if (!j) {
        return 0;
    }
    files_seen++;
    unsigned f = features_of(j);
    const json_t* want = json_object_get(j, "records");
    size_t n, mine_n;
    uint8_t* bytes = help_read(path, &n);
    const char* mine_path = help_path("named.mcap");
    uint8_t* named = bytes_named(bytes, n, f, want, mine_path, &mine_n);
    if (named) {
        free(bytes);
        bytes = named;
        n = mine_n;
        path = mine_path;
        if (n == 0) {
            files_bad++;
            print_message("%s: writer: other bytes than the suite's\n", json_path);
            free(bytes);
            json_decref(j);
            return 0;
        }
    }
    json_t* got = streamed(bytes, n);
    const char* wrong = NULL;
    if (json_array_size(got) != json_array_size(want)) {
        wrong = "streamed: another number of records";
    }
    for (size_t i = 0; !wrong && i < json_array_size(want); i++) {
        if (!same_record(json_array_get(want, i), json_array_get(got, i))) {
            wrong = "streamed: a record differs";
        }
    }
    if (!wrong && !read_records(path, f, want)) {
        wrong = "reader: differs";
    }
    if (!wrong && !(f & PAD)) {
        const char* mine = help_path("mine.mcap");
        write_records(mine, f, want);
        uint8_t* mine_bytes = help_read(mine, &mine_n);
        if (mine_n != n || memcmp(mine_bytes, bytes, n) != 0) {
            wrong = "writer: other bytes";
        }
        free(mine_bytes);
    }
    if (wrong) {
        files_bad++;
        print_message("%s: %s\n", json_path, wrong);
    }
    json_decref(got);
    json_decref(j);
    free(bytes);
    return 0;
}

static const char* suite_dir;

static void test_the_suites_files(void** state)
{
    (void)state;
    nftw(suite_dir, check_file, 16, FTW_PHYS);
    print_message("%d files of the suite, %d wrong\n", files_seen, files_bad);
    assert_true(files_seen > 0);
    assert_int_equal(files_bad, 0);
}

int main(int argc, char** argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_variants)};
    const struct CMUnitTest suite[] = {cmocka_unit_test(test_the_suites_files)};
    if (argc == 2) {
        suite_dir = argv[1];
        return cmocka_run_group_tests(suite, help_make_dir, help_remove_dir);
    }
    return cmocka_run_group_tests(tests, help_make_dir, help_remove_dir);
}
