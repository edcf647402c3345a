// Who follows the port log from afar: rasadmin watch, rasdial, a panel. Entries are lost, doubled and
// overtaken on their way, pictures too.
#pragma once

#include <deque>

#include "rasd/port/log.h"
#include "tools/play/stage.h"

namespace offhook::play {

class Observers {
 public:
  Observers(Stage& stage, port::Log const& log) : stage_(stage), log_(log) {}

  void attach();
  /// The one that came first stays.
  void detach_last();
  void entry(port::Entry const& entry);
  size_t size() const { return all_.size(); }
  /// Everybody's picture is the manager's.
  bool agree() const;

 private:
  struct Observer {
    port::Follower follower;
    bool asking = false;  // for a picture
    bool attached = true;
  };
  void heard(Observer& observer);
  void ask(Observer& observer);

  Stage& stage_;
  port::Log const& log_;
  std::deque<Observer> all_;  // what is on its way refers to them
};

}  // namespace offhook::play
