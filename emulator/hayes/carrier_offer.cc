#include "emulator/hayes/carrier_offer.h"

#include <algorithm>

namespace offhook::hayes {
namespace {

using loop::Modulation;

/// S37 names a line speed (Rockwell): which modulation that takes; B chooses between Bell's and V's below
/// 2400.
struct Speed {
  uint8_t s37;
  uint32_t rate_bps;
  Modulation ccitt, bell;
};
constexpr Speed speeds[]{
    {1, 300, Modulation::v21, Modulation::bell103},      {2, 300, Modulation::v21, Modulation::bell103},
    {3, 300, Modulation::v21, Modulation::bell103},      {5, 1200, Modulation::v22, Modulation::bell212a},
    {6, 2400, Modulation::v22bis, Modulation::v22bis},   {8, 4800, Modulation::v32, Modulation::v32},
    {9, 9600, Modulation::v32, Modulation::v32},         {10, 12000, Modulation::v32bis, Modulation::v32bis},
    {11, 14400, Modulation::v32bis, Modulation::v32bis}, {12, 7200, Modulation::v32bis, Modulation::v32bis},
};

/// +ES (V.250 6.5.1): the originator's request and fallback, or the answerer's fallback.
struct ErrorControlOffer {
  bool lapm, mnp, required;
};
constexpr ErrorControlOffer originator_request[]{{false, false, false},
                                                 {false, false, false},
                                                 {true, true, false},
                                                 {true, true, false},
                                                 {false, true, false}};
constexpr ErrorControlOffer originator_fallback[]{
    {true, true, false}, {true, true, false}, {true, true, true}, {true, false, true}, {false, true, true}};
constexpr ErrorControlOffer answerer[]{{false, false, false}, {false, false, false}, {true, true, false},
                                       {true, true, false},   {true, true, true},    {true, false, true},
                                       {false, true, true}};

ErrorControlOffer error_control(Settings const& settings, bool originate) {
  if (!originate) return answerer[settings.parameter(Parameter::es_answer)];
  ErrorControlOffer const wanted = originator_request[settings.parameter(Parameter::es_originate)];
  if (!wanted.lapm && !wanted.mnp) return wanted;
  ErrorControlOffer const fallback = originator_fallback[settings.parameter(Parameter::es_fallback)];
  return {wanted.lapm, wanted.mnp && fallback.mnp, fallback.required};
}

}  // namespace

loop::StartCarrier carrier_offer(Family const& family, Settings const& settings, bool originate) {
  loop::StartCarrier offer;
  offer.originate = originate;
  offer.modulation =
      std::min(static_cast<Modulation>(settings.parameter(Parameter::ms_carrier)), family.best);
  offer.automode = settings.parameter(Parameter::ms_automode) != 0;
  offer.min_rate_bps = settings.parameter(Parameter::ms_min_tx);
  offer.max_rate_bps = settings.parameter(Parameter::ms_max_tx);
  for (auto const& speed : speeds) {
    if (speed.s37 != settings.s<37>()) continue;
    offer.modulation = std::min(settings.value<0, 'B'>() == 1 ? speed.bell : speed.ccitt, family.best);
    offer.max_rate_bps = speed.rate_bps;
  }
  auto const ec = family.error_control ? error_control(settings, originate) : ErrorControlOffer{};
  offer.offer_lapm = ec.lapm;
  offer.offer_mnp = ec.mnp;
  offer.require_error_control = ec.required;
  uint8_t const c = settings.value<'%', 'C'>();
  offer.offer_v42bis = (ec.lapm || ec.mnp) && settings.parameter(Parameter::ds_direction) != 0;
  offer.offer_mnp5 = ec.mnp && (c == 1 || c == 3);
  return offer;
}

}  // namespace offhook::hayes
