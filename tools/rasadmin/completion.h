// Completion in a shell: the script it sources, and what the script asks for.
#pragma once

#include <span>
#include <string>

namespace offhook::rasadmin {

/// Without words: prints the script. Else: what may stand for the last of the words.
void print_completion(std::span<std::string const> words);

}  // namespace offhook::rasadmin
