#include "dialer/app/rasdial.h"

int main(int argc, char** argv) { return offhook::dialer::run(argc, argv); }
