#include "rasd/auth/secrets_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace offhook::auth {
namespace {

using testing::HasSubstr;

struct SecretsOnDisk : testing::Test {
  SecretsOnDisk() {
    std::string pattern = testing::TempDir() + "offhook-secrets-XXXXXX";
    dir = ::mkdtemp(pattern.data());
    path = dir + "/chap-secrets";
  }
  ~SecretsOnDisk() override { std::filesystem::remove_all(dir); }
  void write(std::string_view text, mode_t mode = 0600) const {
    ::unlink(path.c_str());
    int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::fchmod(fd, mode);
    ::close(fd);
  }
  std::string complaint() const {
    auto const read = load_secrets(path);
    return read ? "read" : read.error().message;
  }
  std::string dir, path;
};

TEST_F(SecretsOnDisk, a_file_that_others_can_read_is_refused_by_name) {
  write("anna ras tulip");
  EXPECT_EQ(complaint(), "read");
  for (mode_t const mode : {0640u, 0604u, 0620u, 0601u, 0644u}) {
    write("anna ras tulip", mode);
    EXPECT_THAT(complaint(), HasSubstr(path + " can be read by others (mode 06")) << mode;
  }
  EXPECT_THAT(complaint(), HasSubstr("(mode 0644): chmod 600 " + path));
}

TEST_F(SecretsOnDisk, a_file_of_somebody_else_is_refused_by_name) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  write("anna ras tulip");
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  EXPECT_THAT(complaint(), HasSubstr(path + " belongs to user 65534: a file of secrets must be root's"));
}

TEST_F(SecretsOnDisk, what_is_no_file_is_refused_and_waited_for_by_nobody) {
  EXPECT_EQ(complaint(), "cannot read " + path + ": No such file or directory");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(complaint(), HasSubstr("is no regular file"));
  path = dir;
  EXPECT_THAT(complaint(), HasSubstr("is no regular file"));
}

TEST_F(SecretsOnDisk, a_changed_file_is_read_again_and_a_broken_one_leaves_what_was_right) {
  SecretsFile file(path);
  EXPECT_FALSE(file.refresh());
  EXPECT_FALSE(file.refresh());  // a file that is not there is looked for each time
  write("anna ras tulip");
  ASSERT_TRUE(file.refresh());
  EXPECT_TRUE(file.secrets().find("anna", "ras"));
  write("bob ras rose");
  ASSERT_TRUE(file.refresh());
  EXPECT_FALSE(file.secrets().find("anna", "ras"));
  write("carl ras 'iris");
  auto const broken = file.refresh();
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr(path + ":1:10: a quotation"));
  EXPECT_TRUE(file.refresh());  // told once
  EXPECT_TRUE(file.secrets().find("bob", "ras"));
}

TEST_F(SecretsOnDisk, a_changed_secret_is_in_the_file_with_its_mode_and_nothing_else_is_left) {
  write("bob ras rose\nanna ras tulip\n", 0400);
  SecretsFile file(path);
  ASSERT_TRUE(file.refresh());
  ASSERT_TRUE(file.change(*file.secrets().find("anna", "ras"), "fern", 20818));
  EXPECT_EQ(file.secrets().find("anna", "ras")->secret, "fern");
  auto const read = load_secrets(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->find("anna", "ras")->changed, 20818);
  EXPECT_EQ(read->find("bob", "ras")->secret, "rose");
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0400u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir), {}), 1);
}

TEST_F(SecretsOnDisk, a_file_that_cannot_be_replaced_stays_as_it_was) {
  write("anna ras tulip\n");
  SecretsFile file(path);
  ASSERT_TRUE(file.refresh());
  std::filesystem::create_directories(path + ".new/full");
  auto const failed = file.change(*file.secrets().find("anna", "ras"), "fern", 20818);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("making " + path + ".new: "));
  EXPECT_EQ(file.secrets().find("anna", "ras")->secret, "tulip");
}

}  // namespace
}  // namespace offhook::auth
