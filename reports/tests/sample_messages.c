/* The messages of the sample models. */
#include "sample_data.h"

/* A real handshake with TLS_PSK_WITH_AES_128_CCM_8, recorded between two processes of one foreign stack with a throw-away
 * key: the capture made of it must open in an analyser. */
struct model_message sample_handshake[HANDSHAKE_MESSAGES] = {
    {.t_us = 0,
     .from = "harness",
     .kind = "datagram",
     .summary = "ClientHello",
     .hex = "16feff0000000000000000007a0100006e000000000000006efefdf4b571abe1c320298dfacda6b7fa629710ec8cc9b9"
            "0b50ab028cb8a0"
            "e466df3600000004c0a800ff01000040002300000016000000170000000d0030002e040305030603080708080809080a"
            "080b0804080508"
            "06040105010601030302030301020103020202040205020602",
     .fields = (struct model_field[]){{"offers", "TLS_PSK_WITH_AES_128_CCM_8", 59, 2},
                                      {"extensions", "encrypt_then_mac, extended_master_secret", 67, 64}},
     .field_count = 2},
    {.t_us = 1210,
     .from = "device",
     .kind = "datagram",
     .summary = "HelloVerifyRequest",
     .hex =
         "16feff00000000000000000023030000170000000000000017feff14997bb80beb2ef7d666676cb63d41e6e41433f580",
     .fields = (struct model_field[]){{"cookie", "20 octets", 28, 20}},
     .field_count = 1},
    {.t_us = 1302,
     .from = "harness",
     .kind = "datagram",
     .summary = "ClientHello",
     .hex = "16feff0000000000000001008e010000820001000000000082fefdf4b571abe1c320298dfacda6b7fa629710ec8cc9b9"
            "0b50ab028cb8a0"
            "e466df360014997bb80beb2ef7d666676cb63d41e6e41433f5800004c0a800ff01000040002300000016000000170000"
            "000d0030002e04"
            "0305030603080708080809080a080b08040805080604010501060103030203030102010302020204020502060"
            "2",
     .fields = (struct model_field[]){{"cookie", "20 octets", 60, 20}},
     .field_count = 1},
    {.t_us = 3417,
     .from = "device",
     .kind = "datagram",
     .summary = "ServerHello, ServerHelloDone",
     .hex =
         "16fefd00000000000000010041020000350001000000000035fefd24bafbfac8ed3a50d4212700ea7486ffc9f1b7c60f926"
         "fdc560de87a"
         "a2fbcbc500c0a800000dff01000100002300000017000016fefd0000000000000002000c0e0000000002000000000000",
     .fields = (struct model_field[]){{"picks", "TLS_PSK_WITH_AES_128_CCM_8", 60, 2}},
     .field_count = 1},
    {.t_us = 3630,
     .from = "harness",
     .kind = "datagram",
     .summary = "ClientKeyExchange, ChangeCipherSpec, Finished",
     .hex = "16fefd0000000000000002001d100000110002000000000011000f6c776d326d2d636c69656e742d303114fefd000000"
            "00000000030001"
            "0116fefd000100000000000000280001000000000000884d7ac97366a94e02980856e1a7940bb917ac47ea90d352d488"
            "70d41bb857cc",
     .fields = (struct model_field[]){{"identity", "lwm2m-client-01", 27, 15}},
     .field_count = 1},
    {.t_us = 5120,
     .from = "device",
     .kind = "datagram",
     .summary = "ChangeCipherSpec, Finished",
     .hex = "14fefd000000000000000400010116fefd0001000000000000002800010000000000000cc89245586677338938262f00"
            "68264151ad5c97"
            "0e83d11d52ca031e094a2ced",
     .fields = (struct model_field[]){{"verify_data", "right", 39, 12}},
     .field_count = 1},
    {.t_us = 5300,
     .from = "harness",
     .kind = "datagram",
     .summary = "ApplicationData: ping",
     .hex = "17fefd0001000000000001002200010000000000011a010dea9461eb8f4515ef3f5cfc6289eb460adc6c2e4ad46daf",
     .plaintext = "68656c6c6f2066726f6d20636c69656e740a"},
    {.t_us = 6020,
     .from = "device",
     .kind = "datagram",
     .summary = "ApplicationData: answer",
     .hex = "17fefd0001000000000001002200010000000000011f911880d80fe895aa51cf0956dab0b3ddd013a44d56493aeab8",
     .plaintext = "68656c6c6f2066726f6d207365727665720a",
     .decisive = true},
    {.t_us = 6110,
     .from = "harness",
     .kind = "datagram",
     .summary = "Alert warning close_notify",
     .hex = "15fefd0001000000000002001200010000000000026ee2ec800b4e3c4280e3"},
};

struct model_message sample_not_echoed[NOT_ECHOED_MESSAGES] = {
    {.t_us = 0,
     .from = "harness",
     .kind = "datagram",
     .summary = "ClientHello",
     .hex = "16fefd0000000000000000003d",
     .fields = (struct model_field[]){{"offers", "TLS_PSK_WITH_AES_128_CCM", 0, 0},
                                      {"extensions", "encrypt_then_mac", 0, 0}},
     .field_count = 2},
    {.t_us = 2104,
     .from = "device",
     .kind = "datagram",
     .summary = "HelloVerifyRequest",
     .hex =
         "16feff00000000000000000023030000170000000000000017feff14997bb80beb2ef7d666676cb63d41e6e41433f580",
     .fields = (struct model_field[]){{"cookie", "20 octets", 28, 20}},
     .field_count = 1},
    {.t_us = 2190,
     .from = "harness",
     .kind = "datagram",
     .summary = "ClientHello",
     .hex = "16fefd0000000000000001003d",
     .fields = (struct model_field[]){{"cookie", "20 octets", 60, 20}},
     .field_count = 1},
    {.t_us = 6411,
     .from = "device",
     .kind = "datagram",
     .summary = "ServerHello TLS_PSK_WITH_AES_128_CCM, DTLS 1.2",
     .hex = "16fefd000000000000000100"
            "3a0200002e00010000000000"
            "2efefd4f1c880a93705"
            "1ac0b7e19c25531d09f2a6be483175d902cf461b83ec97204dd00c0a40000040016000000",
     .decisive = true,
     .fields = (struct model_field[]){{"server_version", "DTLS 1.2", 25, 2},
                                      {"random", "4f1c880a…", 27, 32},
                                      {"cipher_suite", "TLS_PSK_WITH_AES_128_CCM", 60, 2},
                                      {"extension", "encrypt_then_mac, empty", 65, 4}},
     .field_count = 4,
     .marks = (struct model_mark[]){{60, 2, "the suite picked is AES-CCM, an AEAD"},
                                    {65, 4, "encrypt_then_mac (22), empty: must not be here"}},
     .mark_count = 2},
    {.t_us = 6411, .from = "", .kind = "note", .summary = "the case ends: the extension must not be there"},
    {.t_us = 6502,
     .from = "harness",
     .kind = "datagram",
     .summary = "Alert fatal user_canceled",
     .hex = "15fefd0000000000000002000202"
            "5a"},
};

struct model_message sample_bad_mac[BAD_MAC_MESSAGES] = {
    {.t_us = 0,
     .from = "",
     .kind = "note",
     .summary = "handshake with TLS_PSK_WITH_AES_128_CBC_SHA256, encrypt_then_mac agreed"},
    {.t_us = 7105,
     .from = "harness",
     .kind = "deviation",
     .summary = "ApplicationData: ping 0x51a3, bit 0 of the MAC flipped",
     .hex = "17fefd000100000000000100500001000000000001c1d2e3f40516273849",
     .plaintext = "400051a3",
     .marks = (struct model_mark[]){{20, 9, "MAC, bit 0 flipped"}},
     .mark_count = 1},
    {.t_us = 7310,
     .from = "device",
     .kind = "datagram",
     .summary = "Alert fatal bad_record_mac",
     .hex = "15fefd0001000000000002005000010000000000022ab3c4d5e6f708192a3b4c5d6e7f80912a",
     .plaintext = "0214",
     .decisive = true,
     .fields =
         (struct model_field[]){{"level", "fatal", 13, 1}, {"description", "bad_record_mac (20)", 14, 1}},
     .field_count = 2},
    {.t_us = 7320,
     .from = "harness",
     .kind = "datagram",
     .summary = "ApplicationData: ping 0x51a4",
     .hex = "17fefd00010000000000020010"},
    {.t_us = 8320,
     .from = "harness",
     .kind = "retransmission",
     .summary = "ApplicationData: ping 0x51a4",
     .hex = "17fefd00010000000000030010"},
    {.t_us = 1007320,
     .from = "",
     .kind = "timeout",
     .summary = "no answer within 1.0 s: the association is gone"},
    {.t_us = 1008100,
     .from = "harness",
     .kind = "datagram",
     .association = 1,
     .summary = "ClientHello",
     .hex = "16fefd0000000000000000003d"},
    {.t_us = 1013420,
     .from = "",
     .kind = "note",
     .association = 1,
     .summary = "a fresh handshake completes: the device is alive"},
};

struct model_message sample_sha1[SHA1_MESSAGES] = {
    {.t_us = 0,
     .from = "harness",
     .kind = "datagram",
     .summary = "ClientHello",
     .hex = "16fefd0000000000000000003d",
     .fields = (struct model_field[]){{"offers", "TLS_PSK_WITH_AES_128_CBC_SHA", 0, 0}},
     .field_count = 1},
    {.t_us = 4011,
     .from = "device",
     .kind = "datagram",
     .summary = "ServerHello TLS_PSK_WITH_AES_128_CBC_SHA, DTLS 1.2",
     .hex = "16fefd00000000000000010036020000"
            "2a00010000000000"
            "2afefd9a0c1e2233445566778899aabbccddeeff00112233445566778899aabbccddee00008c000000",
     .decisive = true,
     .fields = (struct model_field[]){{"cipher_suite", "TLS_PSK_WITH_AES_128_CBC_SHA", 60, 2}},
     .field_count = 1,
     .marks = (struct model_mark[]){{60, 2, "0x008C, AES with HMAC-SHA-1"}},
     .mark_count = 1},
    {.t_us = 9008, .from = "", .kind = "note", .summary = "the handshake completes: both Finished verify"},
};

struct model_message sample_refused[REFUSED_MESSAGES] = {
    {.t_us = 0,
     .from = "harness",
     .kind = "datagram",
     .summary = "ClientHello",
     .hex = "16fefd0000000000000000003d",
     .fields = (struct model_field[]){{"offers", "0x1301, 0xEAEA", 0, 0}},
     .field_count = 1},
    {.t_us = 1902,
     .from = "device",
     .kind = "datagram",
     .summary = "Alert warning close_notify",
     .hex = "15fefd000000000000000000020100",
     .decisive = true,
     .fields = (struct model_field[]){{"description", "close_notify (0)", 14, 1}},
     .field_count = 1},
};
