// A connected pair: the line engine between two parties, each a port, what sits at a test number or somebody
// outside. Moves bytes and events between them.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/driver/bank.h"
#include "emulator/driver/outside.h"
#include "emulator/exchange/apparatus.h"
#include "emulator/io/alarm.h"
#include "emulator/line/line.h"

namespace offhook::driver {

class Port;

class Call {
 public:
  /// Exactly one of port, apparatus and outside is set while the party is there; none once it is gone.
  struct Party {
    Port* port = nullptr;
    std::optional<exchange::Apparatus> apparatus;
    std::unique_ptr<Outside> outside;
    std::string number;
    bool gone() const { return port == nullptr && !apparatus && !outside; }
  };

  Call(io::Alarm& alarm, std::function<void(Instant, Call&)> wake, exchange::CallId id, Party near, Party far,
       line::Parameters parameters, Instant now);

  exchange::CallId id() const { return id_; }
  line::Line& line() { return line_; }
  line::Line const& line() const { return line_; }
  Party const& party(line::End end) const { return parties_[static_cast<size_t>(end)]; }
  Instant since() const { return since_; }
  /// One party is gone, the other is not.
  bool left_behind() const { return parties_[0].gone() != parties_[1].gone(); }
  bool over() const { return parties_[0].gone() && parties_[1].gone(); }

  /// Bytes a party sends: straight to the other where the line lets them, else queued. Says how many were
  /// taken.
  size_t pass(Instant now, line::End from, Bytes bytes);
  /// Moves what can move, and tells the parties what the line has to say; after some turns the others' come
  /// first.
  void pump(Instant now);
  /// Tells a party what the exchange or line says.
  void tell(Instant now, line::End to, loop::Event const& event);
  /// A party went on-hook.
  void left(Instant now, line::End end);
  /// A break, for the other party; it overtakes data that waits.
  void pass_break(Instant now, line::End from);
  void lose_carrier(Instant now, Ends ends, line::End near);
  /// Gives back what lose_carrier() or clip() took.
  Result<void> restore_carrier(Instant now, Ends ends, line::End near);
  Result<void> clip(Instant now, Duration time, Ends ends, line::End near);
  /// What is wrong with the carriers, as the party at `near` has it: "carrier lost", "retraining" ...
  std::vector<std::string> carrier_faults(Instant now, line::End near) const;
  /// Takes back an order that has not come about; false: there is none.
  bool cancel_ordered_loss();
  /// What was ordered and has not come about: "carrier drop after 100 bytes", "carrier drop in 2.5 s".
  std::optional<std::string> ordered_loss(Instant now) const;
  void lose_carrier_after(uint64_t bytes, Ends ends, line::End near) { after_bytes_ = {bytes, {ends, near}}; }
  void lose_carrier_at(Instant at, Ends ends, line::End near);
  /// Once all is quiet: the next deadline.
  void finish();
  /// Nothing of it fires any more.
  void stop();

  bool touched = false;  // the host's mark: waits to be pumped

 private:
  struct Loss {
    Ends ends;
    line::End near;
  };
  Party& at(line::End end) { return parties_[static_cast<size_t>(end)]; }
  size_t hand_across(Instant now, line::End from, Bytes bytes);
  bool deliver(Instant now, line::End to);
  bool feed(Instant now, line::End from);
  void settle_party(Instant now, line::End end);
  static std::optional<loop::Act> next_act(Party& party);
  static bool drops_received(Party const& party);
  void on_alarm(Instant now);

  exchange::CallId id_;
  line::Line line_;
  std::array<Party, 2> parties_;
  std::array<std::unique_ptr<Outside>, 2> departed_;  // hung up; one of its own calls may have led to that
  Instant since_;
  std::optional<std::pair<uint64_t, Loss>> after_bytes_;  // carrier is lost once so many more have passed
  std::optional<Loss> timed_loss_;                        // carrier is lost at loss_alarm_
  bool yielded_ = false;                                  // has more to move, at its alarm
  std::function<void(Instant, Call&)> wake_;
  io::Alarm::Entry alarm_, loss_alarm_, linger_alarm_;
};

}  // namespace offhook::driver
