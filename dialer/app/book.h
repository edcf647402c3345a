// Where phonebooks are, and what an entry of theirs and the command line make a call of.
#pragma once

#include <string>
#include <vector>

#include "dialer/app/line_use.h"
#include "dialer/app/options.h"
#include "dialer/call/plan.h"
#include "dialer/phonebook/entry.h"

namespace offhook::dialer {

/// The files an entry is looked for in, in order; some need not exist. `named`: by --phonebook or
/// RASDIAL_PHONEBOOK, then there is one, and it must.
struct Places {
  std::vector<std::string> files;
  bool named = false;
};
Places phonebook_places(Options const& options);

/// 621 where a file cannot be opened, 622 and 625 where it cannot be read, 623 where none has the entry.
phonebook::Outcome<phonebook::Entry> find_entry(Places const& places, std::string const& name);
/// The names of all entries, for completion: files that cannot be read have none.
std::vector<std::string> entry_names(Places const& places);

/// The entry is an empty one where --number was given.
phonebook::Outcome<call::Plan> make_plan(Options const& options, phonebook::Entry const& entry);

/// How the entry's calls speak PPP.
PppUse ppp_of(phonebook::Entry const& entry, call::Ppp const& credentials);

}  // namespace offhook::dialer
