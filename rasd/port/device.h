// What a device's script (rasd/at) means for the life of its port: how dialogues end, which task a dialogue
// is, and the times that the device decides. For whoever drives a port: rasd on ttys, tools/play in the
// virtual world.
#pragma once

#include "rasd/at/dialogue.h"
#include "rasd/port/events.h"
#include "rasd/port/port.h"

namespace offhook::port {

Reply reply_of(at::Outcome outcome);
at::Task task_of(Dialogue dialogue);

/// A port's configuration as its device has it; the rest is the administrator's. `s25`: how long its modem
/// was told to look away when DTR falls, if longer than the script says.
Config config_for(at::Script const& script, Duration s25 = {});

}  // namespace offhook::port
