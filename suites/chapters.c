/* The chapters, in the order in which a reader meets them. */
#include "case/case.h"

extern const struct chapter negotiation_chapter, negotiation_extensions_chapter, negotiation_client_chapter,
    hash_chapter, hash_client_chapter;
extern const struct chapter etm_chapter, etm_records_chapter, etm_bad_chapter, etm_client_chapter,
    version_chapter, version_client_chapter;
extern const struct chapter psk_chapter, psk_data_chapter, psk_client_chapter, lwm2m_chapter,
    invariant_chapter;

extern const struct chapter fragment_chapter;
extern const struct chapter lwm2m_bootstrap_chapter, zoo_chapter;
extern const struct chapter dos_chapter, lwm2m_life_chapter;
extern const struct chapter extension_chapter, extension_sizes_chapter, extension_client_chapter;
extern const struct chapter psk_identity_chapter, psk_client_refusals_chapter;

extern const struct chapter handshake_cookie_chapter, handshake_numbers_chapter, handshake_hello_chapter,
    handshake_order_chapter, handshake_known_chapter;

extern const struct chapter handshake_client_chapter, handshake_client_order_chapter,
    handshake_client_sent_chapter, fragment_client_chapter, fragment_client_sent_chapter;
extern const struct chapter record_window_chapter, record_junk_chapter, record_form_chapter,
    record_cbc_chapter;
extern const struct chapter alert_chapter, alert_refusals_chapter;
extern const struct chapter loss_chapter, loss_client_chapter;

extern const struct chapter handshake_cookie_chapter, handshake_numbers_chapter, handshake_hello_chapter,
    handshake_order_chapter, handshake_known_chapter;
extern const struct chapter loss_chapter, loss_client_chapter;

extern const struct chapter cid_chapter, cid_client_chapter, cid_records_chapter;
extern const struct chapter resumption_chapter, renegotiation_chapter;
extern const struct chapter resumption_chapter, resumption_client_chapter, renegotiation_chapter,
    renegotiation_client_chapter;

extern const struct chapter fragment_protected_chapter;

extern const struct chapter *const chapters[];
const struct chapter *const chapters[] = {
    &negotiation_chapter,
    &negotiation_extensions_chapter,
    &negotiation_client_chapter,
    &hash_chapter,
    &hash_client_chapter,
    &etm_chapter,
    &etm_records_chapter,
    &etm_bad_chapter,
    &etm_client_chapter,
    &version_chapter,
    &version_client_chapter,
    &psk_chapter,
    &psk_identity_chapter,
    &psk_data_chapter,
    &psk_client_chapter,
    &psk_client_refusals_chapter,
    &lwm2m_chapter,
    &lwm2m_life_chapter,
    &lwm2m_bootstrap_chapter,
    &handshake_cookie_chapter,
    &handshake_numbers_chapter,
    &handshake_hello_chapter,
    &handshake_order_chapter,
    &handshake_known_chapter,
    &fragment_chapter,
    &extension_chapter,
    &extension_sizes_chapter,
    &extension_client_chapter,
    &resumption_chapter,
    &resumption_client_chapter,
    &renegotiation_chapter,
    &zoo_chapter,
    &renegotiation_client_chapter,
    &dos_chapter,
    &handshake_client_chapter,
    &handshake_client_order_chapter,
    &handshake_client_sent_chapter,
    &fragment_client_chapter,
    &fragment_client_sent_chapter,
    &fragment_protected_chapter,
    &record_window_chapter,
    &record_junk_chapter,
    &record_form_chapter,
    &record_cbc_chapter,
    &alert_chapter,
    &alert_refusals_chapter,
    &loss_chapter,
    &loss_client_chapter,
    &cid_chapter,
    &cid_client_chapter,
    &cid_records_chapter,
    &invariant_chapter,
    NULL,
};
