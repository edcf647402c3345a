#include "rasd/auth/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace offhook::auth {
namespace {

using testing::HasSubstr;
using testing::Not;

Secrets parsed(std::string_view text) {
  auto made = Secrets::parse(text, "chap-secrets");
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return made ? *std::move(made) : Secrets();
}
std::string secret_of(std::string_view text, std::string_view client = "anna",
                      std::string_view server = "ras") {
  Secrets const secrets = parsed(text);
  Secret const* const found = secrets.find(client, server);
  return found ? found->secret : "none";
}

TEST(Secrets, words_are_cut_as_pppd_cuts_them) {
  struct Row {
    std::string_view text, secret;
  };
  for (Row const& row : {
           Row{"anna ras tulip", "tulip"},
           {"  anna\tras  tulip  \n", "tulip"},
           {"anna ras tulip\r\nbob ras rose\r\n", "tulip"},
           {"# secrets\n\nanna ras tulip # of spring", "tulip"},
           {"anna ras tu#lip", "tu#lip"},
           {"anna ras \"red tulip\"", "red tulip"},
           {"anna ras 'red \"tulip\"'", "red \"tulip\""},
           {"anna ras red' 'tulip", "red tulip"},
           {"anna ras red\\ tulip", "red tulip"},
           {"anna ras \"tu\\\"lip\"", "tu\"lip"},
           {"anna ras tu\\\\lip", "tu\\lip"},
           {"anna ras \\#tulip", "#tulip"},
           {"anna ras a\\tb\\nc\\sd\\101\\x42", "a\tb\nc dAB"},
           {"anna ras tu\\\nlip", "tulip"},
           {"anna ras \\\n tulip", "tulip"},
           {"'anna' \"ras\" tulip", "tulip"},
       })
    EXPECT_EQ(secret_of(row.text), row.secret) << row.text;
}

TEST(Secrets, the_match_with_the_fewest_wildcards_is_taken_and_of_equals_the_first) {
  EXPECT_EQ(secret_of("* * a\nanna * b\n* ras c\nanna ras d\nanna ras e"), "d");
  EXPECT_EQ(secret_of("* * a\n* ras c\nanna * b"), "b");
  EXPECT_EQ(secret_of("* * a\n* ras c\n* ras d"), "c");
  EXPECT_EQ(secret_of("* * a"), "a");
  EXPECT_EQ(secret_of("bob ras a\nanna other b"), "none");
  EXPECT_EQ(secret_of("Anna ras a"), "none");
}

TEST(Secrets, an_empty_secret_lets_nobody_in_even_where_another_would_match_less_well) {
  EXPECT_EQ(secret_of("anna ras \"\" *\n* * tulip"), "none");
  EXPECT_EQ(secret_of("* ras \"\" *", "", "ras"), "none");
}

TEST(Secrets, an_empty_name_is_a_name_like_others) { EXPECT_EQ(secret_of("\"\" ras a", ""), "a"); }

TEST(Secrets, addresses_are_tried_in_order_and_what_none_matches_is_refused) {
  Secrets const secrets = parsed(
      "a ras s 10.0.0.7\nb ras s !10.0.1.9 10.0.1.0/24\nc ras s *\nd ras s -\ne ras s\n"
      "f ras s 10.1.0.0/0\ng ras s !*");
  auto const accepts = [&](char const* client, char const* address) {
    return secrets.find(client, "ras")->accepts(*parse_address(address));
  };
  EXPECT_TRUE(accepts("a", "10.0.0.7"));
  EXPECT_FALSE(accepts("a", "10.0.0.8"));
  EXPECT_TRUE(accepts("b", "10.0.1.8"));
  EXPECT_FALSE(accepts("b", "10.0.1.9"));
  EXPECT_FALSE(accepts("b", "10.0.2.8"));
  EXPECT_TRUE(accepts("c", "192.0.2.1"));
  EXPECT_TRUE(accepts("d", "192.0.2.1"));
  EXPECT_TRUE(accepts("e", "192.0.2.1"));
  EXPECT_TRUE(accepts("f", "192.0.2.1"));
  EXPECT_FALSE(accepts("g", "192.0.2.1"));
  EXPECT_EQ(secrets.find("a", "ras")->address(), parse_address("10.0.0.7"));
  EXPECT_EQ(secrets.find("b", "ras")->address(), std::nullopt);
  EXPECT_EQ(secrets.find("c", "ras")->address(), std::nullopt);
  EXPECT_EQ(secrets.find("e", "ras")->address(), std::nullopt);
}

TEST(Secrets, what_is_wrong_is_named_with_its_place_and_the_secret_is_not_repeated) {
  struct Row {
    std::string text, complaint;
  };
  for (Row const& row : {
           Row{"anna ras", "chap-secrets:1:1: client, server and secret are wanted"},
           {"a b c\n  anna ras", "chap-secrets:2:3: client, server and secret"},
           {"anna ras \"Sesame", "chap-secrets:1:10: a quotation does not end"},
           {"anna ras 'Sesame\n'", "chap-secrets:1:10: a quotation does not end"},
           {"anna ras @Sesame", "chap-secrets:1:10: a secret in a file of its own (@file)"},
           {"anna ras '@Sesame'", "chap-secrets:1:10: a secret in a file of its own (@file)"},
           {"anna ras Sesame host.example", "chap-secrets:1:17: an address is wanted: 10.0.0.7"},
           {"anna ras Sesame 10.0.0.256", "an address is wanted"},
           {"anna ras Sesame 10.0.0", "an address is wanted"},
           {"anna ras Sesame 10.0.0.0.1", "an address is wanted"},
           {"anna ras Sesame 10.0.0.0001", "an address is wanted"},
           {"anna ras Sesame 10.0.0.0/33", "an address is wanted"},
           {"anna ras Sesame 10.0.0.0/24+", "an address is wanted"},
           {"anna ras Sesame * -- mtu 500", "chap-secrets:1:19: options of pppd behind '--'"},
           {std::string("anna ras Ses\0ame", 16), "chap-secrets:1:13: a byte of value 0"},
           {"anna ras " + std::string(300, 'x'), "chap-secrets:1:10: a secret has at most 255 bytes"},
           {std::string(300, 'x') + " ras Sesame", "chap-secrets:1:1: a name has at most 255 bytes"},
           {std::string(1100, 'x') + " ras Sesame", "a word has at most 1024 bytes"},
       }) {
    auto const made = Secrets::parse(row.text, "chap-secrets");
    ASSERT_FALSE(made) << row.text;
    EXPECT_THAT(made.error().message, HasSubstr(row.complaint)) << row.text;
    EXPECT_THAT(made.error().message, Not(HasSubstr("Sesame"))) << row.text;
  }
}

TEST(Secrets, what_is_too_much_is_refused_by_its_number) {
  auto const refused = [](std::string const& text) {
    auto const made = Secrets::parse(text, "f");
    return made ? std::string("taken") : made.error().message;
  };
  std::string many;
  for (size_t i = 0; i < most_secrets; ++i) many += "a b c\n";
  EXPECT_EQ(refused(many), "taken");
  EXPECT_EQ(refused(many + "a b c\n"), "f:10001:1: a file of secrets has at most 10000 of them");
  std::string addresses = "a b c";
  for (size_t i = 0; i < most_addresses; ++i) addresses += " *";
  EXPECT_EQ(refused(addresses), "taken");
  EXPECT_EQ(refused(addresses + " *"), "f:1:135: a client has at most 64 addresses");
  EXPECT_EQ(refused(std::string(most_secrets_bytes + 1, '#')), "f: a file of secrets has at most 1 MiB");
}

constexpr int32_t new_years_eve = 20818;  // 2026-12-31

std::string changed(std::string_view text, std::string_view secret, std::string_view client = "anna") {
  Secrets const secrets = parsed(text);
  Secret const* const found = secrets.find(client, "ras");
  if (!found) return "none";
  auto const made = Secrets::change(text, "chap-secrets", *found, secret, new_years_eve);
  return made ? *made : made.error().message;
}

TEST(Secrets, a_change_keeps_all_but_the_word_and_notes_the_day) {
  struct Row {
    std::string_view text, changed;
  };
  for (Row const& row : {
           Row{"anna ras tulip", "anna ras \"fern\" # changed 2026-12-31"},
           {"# of us\nbob ras x\n 'anna'\tras  'red tulip'  10.0.0.7 \n* * y\n",
            "# of us\nbob ras x\n 'anna'\tras  \"fern\"  10.0.0.7 # changed 2026-12-31\n* * y\n"},
           {"anna ras tulip # of spring\n", "anna ras \"fern\" # changed 2026-12-31 # of spring\n"},
           {"anna ras tulip # changed 2025-01-01 # of spring",
            "anna ras \"fern\" # changed 2026-12-31 # of spring"},
           {"anna ras \\\n tulip\nbob ras x", "anna ras \\\n \"fern\" # changed 2026-12-31\nbob ras x"},
       })
    EXPECT_EQ(changed(row.text, "fern"), row.changed);
}

TEST(Secrets, what_was_changed_is_read_back_whatever_is_in_it) {
  for (std::string_view const secret : {"fern", "a \"b\" \\c#d 'e", "\xc3\xa9t\xc3\xa9"}) {
    auto const text = changed("anna ras tulip 10.0.0.7", secret);
    EXPECT_EQ(secret_of(text), secret);
    EXPECT_EQ(parsed(text).find("anna", "ras")->changed, new_years_eve);
    EXPECT_EQ(parsed(text).find("anna", "ras")->address(), parse_address("10.0.0.7"));
  }
}

TEST(Secrets, a_change_to_what_has_no_place_in_a_file_is_refused_and_no_secret_is_told) {
  for (std::string const& secret :
       {std::string(), std::string("@/etc/fern"), std::string("fe\nrn"), std::string(256, 'f')})
    EXPECT_THAT(changed("anna ras tulip", secret), HasSubstr("a secret has "));
  Secret const gone{"anna", "ras", "iris", {}};
  auto const late = Secrets::change("anna ras tulip", "chap-secrets", gone, "fern", new_years_eve);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message, "chap-secrets: the secret of this name is not there any more");
}

TEST(Secrets, a_comment_of_another_kind_is_no_day_of_change) {
  for (std::string_view const comment : {"#changed 2026-12-31", "# changed", "# changed 2026-13-01",
                                         "# changed 26-12-31", "# changed on Monday"})
    EXPECT_FALSE(parsed("anna ras tulip " + std::string(comment)).find("anna", "ras")->changed) << comment;
}

}  // namespace
}  // namespace offhook::auth
