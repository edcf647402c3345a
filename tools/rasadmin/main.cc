// rasadmin: shows and steers a running rasd, and hands its ports to any program.
#include "tools/rasadmin/rasadmin.h"

int main(int argc, char** argv) { return offhook::rasadmin::run({argv + (argc > 0 ? 1 : 0), argv + argc}); }
