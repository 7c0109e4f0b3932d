/* Compares the offsets that src/address/ packs by with the system's headers. The compiler checks
 * them: there is nothing to run. The Bluetooth headers are part of BlueZ, and may be missing.
 *
 * sys/socket.h comes first, since older kernel headers do not include what they use. */
#include <sys/socket.h>

#include <linux/can.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/qrtr.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/un.h>

#include "support.h"

#define AT(type, field, offset) \
  _Static_assert(offsetof(struct type, field) == (offset), #type "." #field)
#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type)

/* In every family's address the first two bytes are the family. */
_Static_assert(offsetof(struct sockaddr, sa_family) == 0 && sizeof(sa_family_t) == 2, "family");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "src/address reads little-endian");

/* inet.ts */
SIZE(sockaddr_in, 16);
AT(sockaddr_in, sin_port, 2);
AT(sockaddr_in, sin_addr, 4);
SIZE(sockaddr_in6, 28);
AT(sockaddr_in6, sin6_port, 2);
AT(sockaddr_in6, sin6_flowinfo, 4);
AT(sockaddr_in6, sin6_addr, 8);
AT(sockaddr_in6, sin6_scope_id, 24);

/* unix.ts */
AT(sockaddr_un, sun_path, 2);
_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == 108, "sun_path");

/* pair.ts */
SIZE(sockaddr_nl, 12);
AT(sockaddr_nl, nl_pid, 4);
AT(sockaddr_nl, nl_groups, 8);
SIZE(sockaddr_vm, 16);
AT(sockaddr_vm, svm_port, 4);
AT(sockaddr_vm, svm_cid, 8);
SIZE(sockaddr_qrtr, 12);
AT(sockaddr_qrtr, sq_node, 4);
AT(sockaddr_qrtr, sq_port, 8);

/* packet.ts */
SIZE(sockaddr_ll, 20);
AT(sockaddr_ll, sll_protocol, 2);
AT(sockaddr_ll, sll_ifindex, 4);
AT(sockaddr_ll, sll_hatype, 8);
AT(sockaddr_ll, sll_pkttype, 10);
AT(sockaddr_ll, sll_halen, 11);
AT(sockaddr_ll, sll_addr, 12);

/* can.ts */
SIZE(sockaddr_can, 24);
AT(sockaddr_can, can_ifindex, 4);
AT(sockaddr_can, can_addr.tp.rx_id, 8);
AT(sockaddr_can, can_addr.tp.tx_id, 12);
AT(sockaddr_can, can_addr.j1939.name, 8);
AT(sockaddr_can, can_addr.j1939.pgn, 16);
AT(sockaddr_can, can_addr.j1939.addr, 20);

/* tipc.ts */
SIZE(sockaddr_tipc, 16);
AT(sockaddr_tipc, addrtype, 2);
AT(sockaddr_tipc, scope, 3);
AT(sockaddr_tipc, addr.nameseq.type, 4);
AT(sockaddr_tipc, addr.nameseq.lower, 8);
AT(sockaddr_tipc, addr.nameseq.upper, 12);
AT(sockaddr_tipc, addr.name.name.type, 4);
AT(sockaddr_tipc, addr.name.name.instance, 8);
AT(sockaddr_tipc, addr.name.domain, 12);
AT(sockaddr_tipc, addr.id.ref, 4);
AT(sockaddr_tipc, addr.id.node, 8);

/* alg.ts */
SIZE(sockaddr_alg, 88);
AT(sockaddr_alg, salg_type, 2);
AT(sockaddr_alg, salg_feat, 16);
AT(sockaddr_alg, salg_mask, 20);
AT(sockaddr_alg, salg_name, 24);

/* bluetooth.ts */
#if __has_include(<bluetooth/bluetooth.h>)
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <bluetooth/l2cap.h>
#include <bluetooth/rfcomm.h>
#include <bluetooth/sco.h>

SIZE(sockaddr_l2, 14);
AT(sockaddr_l2, l2_psm, 2);
AT(sockaddr_l2, l2_bdaddr, 4);
AT(sockaddr_l2, l2_cid, 10);
AT(sockaddr_l2, l2_bdaddr_type, 12);
SIZE(sockaddr_rc, 10);
AT(sockaddr_rc, rc_bdaddr, 2);
AT(sockaddr_rc, rc_channel, 8);
SIZE(sockaddr_sco, 8);
AT(sockaddr_sco, sco_bdaddr, 2);
SIZE(sockaddr_hci, 6);
AT(sockaddr_hci, hci_dev, 2);
AT(sockaddr_hci, hci_channel, 4);
#endif

TEST(no_address_is_longer_than_the_room_for_one) {
  EQUAL(sizeof(struct sockaddr_storage), SK_ADDRESS_MAX);
}
