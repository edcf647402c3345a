// PPP's frames against memcpy: what coding and decoding cost.
#pragma once

namespace offhook::bench {

struct FrameFigures {
  double encode_mb_per_s, decode_mb_per_s, memcpy_mb_per_s;
};
/// Packets of 1500 random bytes, `megabytes` of them, with a control character map that is empty (what peers
/// agree on) or names XON and XOFF.
FrameFigures measure_frames(bool xon_xoff, double megabytes);

}  // namespace offhook::bench
