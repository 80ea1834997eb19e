// Bag: the metadata.yaml that makes a folder with an MCAP file a rosbag2 bag.
#pragma once

#include "recorder/mcap.h"

// Written under a temporary name and renamed. Topics and counts come from the file as far as it is
// on the disk; custom_data says whether it is closed.
DD_MUST_USE bool dd_bag_write(const char* dir, const char* mcap_name, DdError* err);
