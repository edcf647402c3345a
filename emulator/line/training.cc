// How long modems take from the called set's going off-hook to data, and to train anew.
//
// Beside each part the recommendation's section. A time without a tolerance there, or that the recommendation
// leaves to the modems, is marked "typical": real modems differ in it.
#include "emulator/line/line.h"

namespace offhook::line {

namespace {

using loop::ErrorControl;
using loop::Modulation;

// V.25 4.3: the answering DCE is silent for 1.8 to 2.5 s, then sends 2100 Hz for 2.6 to 4.0 s, then is silent
// for 75 +- 20 ms.
constexpr Duration silence = 2150ms;
constexpr Duration answer_tone = 3300ms;
constexpr Duration gap = 75ms;
constexpr Duration v25 = silence + answer_tone + gap;

// V.22 bis 6.3.1.2, which is V.22's: 155 ms of unscrambled ones heard, 456 ms silent, 270 ms of scrambled
// ones heard, 765 ms more of them sent.
constexpr Duration v22_handshake = 155ms + 456ms + 270ms + 765ms;
// V.22 bis 6.3.1.1: the same 155 and 456 ms, S1 for 100 ms each way, 600 ms to scrambled ones at 2400 bit/s,
// and 200 ms of these.
constexpr Duration v22bis_from_s1 = 100ms + 100ms + 600ms + 200ms;
constexpr Duration v22bis_handshake = 155ms + 456ms + v22bis_from_s1;

// V.21 and Bell 103: marking heard both ways until circuit 109 is on; typical.
constexpr Duration fsk_handshake = 155ms + 456ms;

// V.32 5.4, at 2400 symbols a second. The caller answers the tone after it has heard 1 s of it; AC, CA and AC
// measure the round trip (typical); then answerer, caller and answerer once more each send S and its inverse
// (256 + 16 symbols), TRN (1280 to 8192 symbols, 3600 typical) and a rate signal (typical), the last of them
// E and 128 symbols.
constexpr Duration v32_tone = 1000ms;
constexpr Duration v32_ranging = 750ms;
constexpr Duration v32_segment = 113ms + 1500ms + 100ms;
constexpr Duration v32_from_ranging = v32_ranging + 3 * v32_segment + 53ms;

// V.8 7 and 8: ANSam is answered after Te, 1 s; CM and JM are each sent until two alike were heard (typical,
// at 300 bit/s); CJ is three octets; then 75 +- 5 ms of silence.
constexpr Duration v8 = silence + 1000ms + 550ms + 550ms + 100ms + 75ms;
// V.34 11.2: INFO0, the two probings of 160 ms L1 and up to 550 ms L2, the tones between them, INFO1;
// typical.
constexpr Duration v34_phase2 = 2300ms;
// V.34 11.3: S, PP and TRN each way in turn; MD and TRN together at most 2 s a way; typical.
constexpr Duration v34_phase3 = 2600ms;
// V.34 11.4: TRN, MP and E both ways at once; typical.
constexpr Duration v34_phase4 = 1300ms;
// V.90 9.3: the analogue modem's TRN, and the digital impairment learning (DIL) it asks for; 9.4: CP and MP;
// typical.
constexpr Duration v90_phase3 = 6s;
constexpr Duration v90_phase4 = 5s;

struct Row {
  Modulation modulation;
  Duration training, retrain;
};
constexpr Row rows[] = {
    {Modulation::bell103, silence + fsk_handshake, 0s},  // no gap: the answerer's tone is its marking
    {Modulation::v21, v25 + fsk_handshake, 0s},
    {Modulation::bell212a, silence + v22_handshake, 0s},  // 2225 Hz stands for unscrambled ones
    {Modulation::v22, v25 + v22_handshake, 0s},
    {Modulation::v22bis, v25 + v22bis_handshake, v22bis_from_s1},                         // 6.4
    {Modulation::v32, silence + v32_tone + gap + v32_from_ranging, v32_from_ranging},     // V.32 5.5
    {Modulation::v32bis, silence + v32_tone + gap + v32_from_ranging, v32_from_ranging},  // V.32 bis 5.5
    {Modulation::v34, v8 + v34_phase2 + v34_phase3 + v34_phase4,
     v34_phase2 + v34_phase3 + v34_phase4},  // 11.5
    {Modulation::v90, v8 + v34_phase2 + v90_phase3 + v90_phase4,
     v34_phase2 + v90_phase3 + v90_phase4},  // 9.5
};

constexpr Row const& row(Modulation modulation) { return rows[static_cast<size_t>(modulation)]; }

// V.42 7.2.1: detection, XID and SABME; a hundred or so octets and their answers; typical.
constexpr Duration establishment = 300ms;
constexpr Duration t400 =
    750ms;  // V.42 9.1.1: how long a set waits for the other's pattern before it does without

}  // namespace

Duration training_time(Modulation modulation) { return row(modulation).training; }
Duration retrain_time(Modulation modulation) { return row(modulation).retrain; }

Duration establishment_time(loop::StartCarrier const& a, loop::StartCarrier const& b,
                            loop::CarrierUp const& agreed) {
  if (agreed.error_control != ErrorControl::none) return establishment;
  bool const capable = agreed.modulation >= Modulation::v22bis;
  return capable && (a.offer_lapm || b.offer_lapm) ? t400 : Duration::zero();
}

}  // namespace offhook::line
