// What rasd says of itself, as JSON texts: the results and notifications of control.sock, and the event log's
// lines.
#pragma once

#include <chrono>
#include <string>

#include "rasd/app/manager.h"

namespace offhook::rasd {

/// Wall-clock time of an Instant, by the difference that both have now.
std::chrono::system_clock::time_point wall_time(Instant at);

/// {"ports":[{"port","path","use","device","state","since","line","hardware",...}]}; of one port where it is
/// named.
std::string ports_json(Manager const& manager, std::string const& only = {});
/// {"connections":[{"port","direction","entry","number","user","address","state","since_s",...}]}
std::string connections_json(Manager const& manager);
/// {"port","holders":[{"pid","program","user","evidence","by_leave","text"}],"state",...}: who holds a port,
/// and the call or lease that it is in.
std::string holders_json(PortDriver const& port, holder::Findings const& found);
/// {"seq","at","port","kind",...}: one entry of the port log.
std::string entry_json(port::Entry const& entry);
/// {"s","ns","direction","bytes"}: a frame that passes now: the time since 1970, and its bytes in
/// hexadecimal.
std::string frame_json(ppp::Passed const& passed);
/// {"link"}: whether the port has a link now.
std::string link_json(bool link);
/// {"epoch","seq","ports":{NAME:{...}}}: where a follower begins.
std::string picture_json(port::Picture const& picture);

}  // namespace offhook::rasd
