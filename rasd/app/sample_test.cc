#include "rasd/app/sample.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "rasd/app/config.h"

namespace offhook::rasd {
namespace {

TEST(Sample, is_a_configuration_without_a_mistake) {
  auto const config = parse_config(sample_config(), "sample");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->services.size(), 4u);
}

/// The keys that a section accepts, as its complaint about a wrong one lists them.
std::string accepted(std::string const& section) {
  auto const wrong = parse_config(section + "\nno-such-key = 1\n", "f");
  if (wrong) return "";
  std::string const& complaint = wrong.error().message;
  auto const at = complaint.find("accepted: ");
  return at == complaint.npos ? "" : complaint.substr(at + 10);
}

TEST(Sample, has_every_key_that_is_accepted) {
  for (std::string const section : {"[rasd]", "[[port]]", "[service.s]", "[service.s.ppp]", "[user.u]",
                                    "[device.d]", "[[device.d.response]]"}) {
    std::istringstream keys(accepted(section));
    int count = 0;
    for (std::string key; keys >> key; ++count) {
      if (key.ends_with(',')) key.pop_back();
      if (key == "ppp" || key == "response") continue;  // sections of their own
      EXPECT_TRUE(sample_config().find("\n" + key + " = ") != std::string_view::npos)
          << section << " " << key;
    }
    EXPECT_GE(count, 5) << section << " complains of something else";
  }
}

}  // namespace
}  // namespace offhook::rasd
