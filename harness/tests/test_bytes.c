/* Spans, cursors, hex, the arena, the generator and the clock. */
#include <stdalign.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/rng.h"
#include "tests/unit.h"

START_TEST(spans)
{
    uint8_t data[] = {1, 2, 3, 4};
    struct bytes b = BYTES(data);

    ck_assert(bytes_equal(bytes_slice(b, 1, 2), (struct bytes){data + 1, 2}));
    ck_assert_uint_eq(bytes_slice(b, 3, 9).n, 1);
    ck_assert_uint_eq(bytes_slice(b, 4, 1).n, 0);
    ck_assert_uint_eq(bytes_slice(b, SIZE_MAX, SIZE_MAX).n, 0);
    ck_assert(!bytes_equal(b, bytes_slice(b, 0, 3)));
    ck_assert(bytes_equal(NO_BYTES, NO_BYTES));
    ck_assert(bytes_all(NO_BYTES, 7));
    ck_assert(!bytes_all(b, 1));
    ck_assert(bytes_all(bytes_slice(b, 0, 1), 1));
    ck_assert_uint_eq(bytes_of_text("abc").n, 3);
}
END_TEST

START_TEST(reading)
{
    uint8_t data[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E,
                      0x0F, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x02, 0xAA, 0xBB};
    struct reader r = reader_of(BYTES(data));

    ck_assert_uint_eq(get_u8(&r), 0x01);
    ck_assert_uint_eq(get_u16(&r), 0x0203);
    ck_assert_uint_eq(get_u24(&r), 0x040506);
    ck_assert_uint_eq(get_u32(&r), 0x0708090A);
    ck_assert_uint_eq(get_u48(&r), 0x0B0C0D0E0F10);
    ck_assert_uint_eq(get_u64(&r), 0x1112131415161718);
    ck_assert_uint_eq(get_block(&r, 1).n, 2);
    ck_assert(!r.bad);
    ck_assert_uint_eq(r.left, 0);
    ck_assert_uint_eq(get_rest(&r).n, 0);
    ck_assert(!r.bad);
}
END_TEST

START_TEST(reading_too_far_sticks)
{
    uint8_t data[] = {0xFF, 0xFF, 0xFF};
    struct reader r = reader_of(BYTES(data));

    ck_assert_uint_eq(get_u32(&r), 0);
    ck_assert(r.bad);
    ck_assert_uint_eq(get_u8(&r), 0);
    ck_assert_uint_eq(get_rest(&r).n, 0);
    r = reader_of(BYTES(data));
    ck_assert_uint_eq(get_block(&r, 2).n, 0);
    ck_assert(r.bad);
    r = reader_of(NO_BYTES);
    ck_assert_uint_eq(get_u64(&r), 0);
    ck_assert(r.bad);
}
END_TEST

START_TEST(writing)
{
    uint8_t out[64];
    struct writer w = WRITER(out);
    const uint8_t expected[] = {1,  2, 3, 4, 5, 6, 7, 8, 9,  10, 0, 0, 0, 0, 0,
                                11, 0, 0, 0, 0, 0, 0, 0, 12, 0,  3, 9, 9, 9};

    put_u8(&w, 1);
    put_u16(&w, 0x0203);
    put_u24(&w, 0x040506);
    put_u32(&w, 0x0708090A);
    put_u48(&w, 11);
    put_u64(&w, 12);

    size_t mark = put_block_begin(&w, 2);

    put_fill(&w, 9, 3);
    put_block_end(&w, mark, 2);
    ck_assert(bytes_equal(written(&w), BYTES(expected)));
}
END_TEST

START_TEST(writing_too_far_sticks)
{
    uint8_t out[4] = {0};
    struct writer w = WRITER(out);

    put_u32(&w, 0x01020304);
    ck_assert(!w.bad);
    put_u8(&w, 5);
    ck_assert(w.bad);
    ck_assert_uint_eq(written(&w).n, 0);

    uint8_t wide[300];

    w = writer_of(wide, sizeof wide);

    size_t mark = put_block_begin(&w, 1);

    put_fill(&w, 0, 255);
    put_block_end(&w, mark, 1);
    ck_assert(!w.bad);
    w = writer_of(wide, sizeof wide);
    mark = put_block_begin(&w, 1);
    put_fill(&w, 0, 256);
    put_block_end(&w, mark, 1);
    ck_assert_msg(w.bad, "a prefix of one octet cannot say 256");
}
END_TEST

START_TEST(hex)
{
    uint8_t out[4];
    size_t n;

    ck_assert(hex_decode(" 00 fF\t10\n", out, sizeof out, &n));
    ck_assert_uint_eq(n, 3);
    ck_assert_uint_eq(out[1], 0xFF);
    ck_assert(hex_decode("", out, sizeof out, &n));
    ck_assert_uint_eq(n, 0);
    ck_assert(!hex_decode("0", out, sizeof out, &n));
    ck_assert(!hex_decode("0 0", out, sizeof out, &n));
    ck_assert(!hex_decode("0g", out, sizeof out, &n));
    ck_assert(!hex_decode("0102030405", out, sizeof out, &n));
}
END_TEST

START_TEST(arena_memory)
{
    struct arena *a = arena_new();

    for (size_t i = 1; i < 400; i++) {
        uint8_t *at = arena_alloc(a, i * 37);

        ck_assert_uint_eq((uintptr_t)at % alignof(max_align_t), 0);
        ck_assert(bytes_all((struct bytes){at, i * 37}, 0));
        memset(at, 0xFF, i * 37);
    }
    ck_assert_ptr_nonnull(arena_alloc(a, 0));
    ck_assert_ptr_ne(arena_alloc(a, 0), arena_alloc(a, 0));
    ck_assert_str_eq(arena_printf(a, "%d-%s", 12, "x"), "12-x");
    ck_assert_str_eq(arena_strdup(a, "text"), "text");
    arena_free(a);
    arena_free(NULL);
}
END_TEST

START_TEST(arena_text)
{
    struct arena *a = arena_new();
    uint8_t hostile[] = {'a', '\\', 0x1B, '[', 0x00, 0x7F, 0xC3, '\n', '~'};

    ck_assert_str_eq(arena_escape(a, BYTES(hostile)), "a\\\\\\x1b[\\x00\\x7f\\xc3\\x0a~");
    ck_assert_str_eq(arena_hex(a, BYTES(hostile)), "615c1b5b007fc30a7e");
    ck_assert_str_eq(arena_hex(a, NO_BYTES), "");
    ck_assert(bytes_equal(arena_copy(a, BYTES(hostile)), BYTES(hostile)));
    arena_free(a);
}
END_TEST

START_TEST(arena_arrays)
{
    struct arena *a = arena_new();
    unsigned *numbers = NULL;
    size_t cap = 0, n = 0;

    for (; n < 1000; n++)
        *(unsigned *)arena_grow(a, &numbers, &cap, n, sizeof *numbers) = (unsigned)n;
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_eq(numbers[i], i);
    arena_free(a);
}
END_TEST

START_TEST(wiping)
{
    uint8_t secret[] = {1, 2, 3};

    wipe(secret, 2);
    ck_assert_uint_eq(secret[0] | secret[1], 0);
    ck_assert_uint_eq(secret[2], 3);
}
END_TEST

/* Source: the reference implementation's first outputs for the state 1, 2, 3, 4. */
START_TEST(xoshiro_answers)
{
    struct rng r = {{1, 2, 3, 4}};
    const uint64_t expected[] = {
        11520U,
        0U,
        1509978240U,
        1215971899390074240U,
        1216172134540287360U,
        607988272756665600U,
        16172922978634559625U,
        8476171486693032832U,
        10595114339597558777U,
        2904607092377533576U,
    };

    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_uint_eq(rng_u64(&r), expected[i]);
}
END_TEST

START_TEST(generators_are_keyed)
{
    struct rng a = rng_of(1, "record/length"), b = rng_of(1, "record/length");
    struct rng other_seed = rng_of(2, "record/length"), other_name = rng_of(1, "record/lengti");
    uint64_t v = rng_u64(&a);

    ck_assert_uint_eq(rng_u64(&b), v);
    ck_assert_uint_ne(rng_u64(&other_seed), v);
    ck_assert_uint_ne(rng_u64(&other_name), v);
}
END_TEST

START_TEST(choices_below_a_limit)
{
    struct rng r = rng_of(7, "choices");
    unsigned seen[5] = {0};
    uint8_t filled[13] = {0};

    for (int i = 0; i < 5000; i++)
        seen[rng_below(&r, 5)]++;
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_gt(seen[i], 800);
    for (int i = 0; i < 100; i++)
        ck_assert_uint_eq(rng_below(&r, 1), 0);
    rng_fill(&r, filled, 12);
    ck_assert(!bytes_all((struct bytes){filled, 12}, 0));
    ck_assert_uint_eq(filled[12], 0);
}
END_TEST

START_TEST(sleeping)
{
    int64_t start = now_us();

    sleep_until(start + 5 * MS);

    int64_t woke = now_us();

    ck_assert_int_ge(woke, start + 5 * MS);
    sleep_until(start);
    ck_assert_int_lt(now_us() - woke, SECOND);
}
END_TEST

Suite *bytes_suite(void)
{
    Suite *s = suite_create("bytes");
    TCase *t = tcase_create("base");

    tcase_add_test(t, spans);
    tcase_add_test(t, reading);
    tcase_add_test(t, reading_too_far_sticks);
    tcase_add_test(t, writing);
    tcase_add_test(t, writing_too_far_sticks);
    tcase_add_test(t, hex);
    tcase_add_test(t, arena_memory);
    tcase_add_test(t, arena_text);
    tcase_add_test(t, arena_arrays);
    tcase_add_test(t, wiping);
    tcase_add_test(t, xoshiro_answers);
    tcase_add_test(t, generators_are_keyed);
    tcase_add_test(t, choices_below_a_limit);
    tcase_add_test(t, sleeping);
    suite_add_tcase(s, t);
    return s;
}
