// Picture: images out of a recording as numbers, for sheets, video and overlays; and as PNG files.
#pragma once

#include "recorder/recording.h"

typedef enum DdPixel {
    DD_PIXEL_GREY8,  // uint8_t
    DD_PIXEL_RGB8,   // 3 uint8_t
    DD_PIXEL_GREY16, // uint16_t
    DD_PIXEL_FLOAT,  // float
} DdPixel;

// Rows top first, without padding. Begin with {0}; the room is used again by the next decode.
typedef struct DdPicture {
    int width, height;
    DdPixel pixel;
    void* data;
    size_t room;
} DdPicture;

size_t dd_pixel_size(DdPixel pixel);
void dd_picture_room(DdPicture* p, int width, int height, DdPixel pixel); // of unspecified content
void dd_picture_free(DdPicture* p);

// The image of an item of kind SAMPLE whose def->type is DD_TYPE_IMAGE: sensor_msgs/Image or
// CompressedImage, raw, PNG or JPEG.
DD_MUST_USE bool dd_picture_decode(const DdPlayItem* item, DdPicture* out, DdError* err);
// The same of a message outside of a recording.
DD_MUST_USE bool dd_picture_decode_message(const void* message, size_t size, bool compressed,
                                           DdPicture* out, DdError* err);
// How a picture is shown: colours as they are, ids (def->nclass or nname > 0) each in its own
// colour, distances from near (bright) to far over 0..range_m (0 = the farthest in it), other grey
// pictures from their darkest to their brightest. `out` is RGB8.
void dd_picture_show(const DdPicture* in, const DdChannelDef* def, double range_m, DdPicture* out);
// The colour of a class or instance id; 0 is black.
void dd_id_colour(int id, uint8_t rgb[3]);
DD_MUST_USE bool dd_picture_write(const DdPicture* p, const char* png_path, DdError* err);
