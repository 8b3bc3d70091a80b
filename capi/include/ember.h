/* libember: SqueezeNet on FPGAs, in simulation or in software. docs/c.md in the repository is its page.
 *
 * Every handle comes from one function and is freed by the one that its comment names; NULL may always be freed. What a
 * function returns as `const` belongs to the handle it was asked of. Functions that can fail return an EmberStatus, and
 * where `message` is not NULL they put one sentence there that says what to do, to be freed by ember_string_free, or NULL
 * when all is well. There is no global state. Text is UTF-8 and ends with a zero byte. */

#ifndef EMBER_LIBRARY_H
#define EMBER_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

/**
 * How a function ended.
 */
typedef enum {
  /**
   * All is well.
   */
  EMBER_STATUS_OK = 0,
  /**
   * An argument is NULL or has no meaning.
   */
  EMBER_STATUS_ARGUMENT = 1,
  /**
   * The model file cannot be used.
   */
  EMBER_STATUS_MODEL = 2,
  /**
   * There is no such device, or it cannot be opened.
   */
  EMBER_STATUS_DEVICE = 3,
  /**
   * The image cannot be read or decoded, or its pixels have another form.
   */
  EMBER_STATUS_IMAGE = 4,
  /**
   * The device gave no result for this image.
   */
  EMBER_STATUS_FRAME = 5,
  /**
   * The work was cancelled before this image had its turn.
   */
  EMBER_STATUS_CANCELLED = 6,
  /**
   * All devices have failed.
   */
  EMBER_STATUS_NO_DEVICE_LEFT = 7,
  /**
   * A fault of this library.
   */
  EMBER_STATUS_INTERNAL = 8,
} EmberStatus;

/**
 * What an image is given as.
 */
typedef enum {
  /**
   * `path` is an image file's.
   */
  EMBER_IMAGE_KIND_FILE = 0,
  /**
   * `bytes` are those of an image file: JPEG, PNG, WebP, BMP, TIFF, GIF or PNM; `length` of them.
   */
  EMBER_IMAGE_KIND_ENCODED = 1,
  /**
   * `bytes` are pixels: `height` rows of `width` pixels of three bytes, red, green, blue, without anything between them; `length` is all of them.
   */
  EMBER_IMAGE_KIND_PIXELS = 2,
} EmberImageKind;

/**
 * A request to stop, for any number of functions at once. Freed by ember_cancel_free.
 */
typedef struct EmberCancel EmberCancel;

/**
 * One or more devices with a model in them. Freed by ember_device_free.
 */
typedef struct EmberDevice EmberDevice;

/**
 * A network in integers with the names of its classes. Freed by ember_model_free; devices keep what they need of it.
 */
typedef struct EmberModel EmberModel;

/**
 * The result of one image. Freed by ember_result_free.
 */
typedef struct EmberResult EmberResult;

/**
 * An image. Its memory belongs to the caller, is not copied, and must not change before the function that got it returns.
 */
typedef struct {
  /**
   * An EmberImageKind.
   */
  int32_t kind;
  /**
   * Of a file. Of the others what messages call it, or NULL.
   */
  const char *path;
  /**
   * Of all but a file.
   */
  const uint8_t *bytes;
  /**
   * How many bytes.
   */
  size_t length;
  /**
   * Of pixels.
   */
  size_t height;
  /**
   * Of pixels.
   */
  size_t width;
} EmberImage;

/**
 * How devices are opened; 0 and NULL everywhere is the default.
 */
typedef struct {
  /**
   * Threads that decode images, and threads of the software path; 0: one a processor.
   */
  size_t threads;
  /**
   * Columns of a simulated engine whose name has none: 4, 8, 16 (0) or 32.
   */
  size_t columns;
  /**
   * Frames handed to a device at once; 0: what it can have under way.
   */
  size_t batch;
  /**
   * Folder of the boards' device files; NULL: `/dev`.
   */
  const char *device_dir;
} EmberOptions;

/**
 * One class of a result.
 */
typedef struct {
  /**
   * Class number, from 0.
   */
  size_t class_id;
  /**
   * Softmax probability, 0 to 1.
   */
  double probability;
  /**
   * The class's name, as long as the result is not freed.
   */
  const char *name;
} EmberPrediction;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * A request that was not made yet. Any thread.
 */
EmberCancel *ember_cancel_new(void);

/**
 * Makes the request: what a device has begun is finished, what waits ends with EMBER_STATUS_CANCELLED. Any thread, also while functions run
 * that were given it; not from a signal handler.
 *
 * # Safety
 * `cancel` is NULL or a handle.
 */
void ember_cancel_request(const EmberCancel *cancel);

/**
 * Frees it. NULL is nothing. Any thread, once no function uses it any more.
 *
 * # Safety
 * `cancel` is NULL or a handle that was not freed yet.
 */
void ember_cancel_free(EmberCancel *cancel);

/**
 * Classifies an image and waits for the result. `cancel` may be NULL. Any thread, any number of them on one device at once.
 *
 * # Safety
 * `device` is a handle, `image` can be read and is as its fields say, `cancel` is NULL or a handle, `result` may be written, `message` is NULL or
 * may be written.
 */
EmberStatus ember_classify(const EmberDevice *device,
                           const EmberImage *image,
                           const EmberCancel *cancel,
                           EmberResult **result,
                           char **message);

/**
 * Classifies `count` images, all devices at once, and waits. A bad image loses nothing of the others: to `results` goes one handle an image, or NULL; to
 * `statuses` and `messages`, where they are not NULL, what ember_classify says of each. The status is that of the first bad image. `cancel` may be
 * NULL. Any thread, any number of them on one device at once.
 *
 * # Safety
 * `device` is a handle; `images`, `results`, and where they are not NULL `statuses` and `messages`, have `count` entries; the images are as their
 * fields say; `cancel` is NULL or a handle.
 */
EmberStatus ember_classify_batch(const EmberDevice *device,
                                 const EmberImage *images,
                                 size_t count,
                                 const EmberCancel *cancel,
                                 EmberResult **results,
                                 EmberStatus *statuses,
                                 char **messages);

/**
 * Opens the devices that `names` lists with commas, such as `software`, `sim:8`, `xdma:0` or `xdma:0,xdma:1`, with `model` in them (NULL: the
 * embedded one). `options` may be NULL. Any thread. A simulated engine that is built for the first time takes half a minute.
 *
 * # Safety
 * `names` ends with a zero byte, `model` is NULL or a handle, `options` is NULL or can be read, `device` may be written, `message` is NULL or may
 * be written.
 */
EmberStatus ember_device_open(const char *names,
                              const EmberModel *model,
                              const EmberOptions *options,
                              EmberDevice **device,
                              char **message);

/**
 * Closes and frees it: what has begun is finished first. NULL is nothing. Any thread, once no function uses it any more.
 *
 * # Safety
 * `device` is NULL or a handle that was not freed yet.
 */
void ember_device_free(EmberDevice *device);

/**
 * A request that was not made yet. Any thread.
 */
EmberCancel *ember_cancel_new(void);

/**
 * Makes the request: what a device has begun is finished, what waits ends with EMBER_STATUS_CANCELLED. Any thread, also while functions run
 * that were given it; not from a signal handler.
 *
 * # Safety
 * `cancel` is NULL or a handle.
 */
void ember_cancel_request(const EmberCancel *cancel);

/**
 * Frees it. NULL is nothing. Any thread, once no function uses it any more.
 *
 * # Safety
 * `cancel` is NULL or a handle that was not freed yet.
 */
void ember_cancel_free(EmberCancel *cancel);

/**
 * Classifies an image and waits for the result. `cancel` may be NULL. Any thread, any number of them on one device at once.
 *
 * # Safety
 * `device` is a handle, `image` can be read and is as its fields say, `cancel` is NULL or a handle, `result` may be written, `message` is NULL or
 * may be written.
 */
EmberStatus ember_classify(const EmberDevice *device,
                           const EmberImage *image,
                           const EmberCancel *cancel,
                           EmberResult **result,
                           char **message);

/**
 * Classifies `count` images, all devices at once, and waits. A bad image loses nothing of the others: to `results` goes one handle an image, or NULL; to
 * `statuses` and `messages`, where they are not NULL, what ember_classify says of each. The status is that of the first bad image. `cancel` may be
 * NULL. Any thread, any number of them on one device at once.
 *
 * # Safety
 * `device` is a handle; `images`, `results`, and where they are not NULL `statuses` and `messages`, have `count` entries; the images are as their
 * fields say; `cancel` is NULL or a handle.
 */
EmberStatus ember_classify_batch(const EmberDevice *device,
                                 const EmberImage *images,
                                 size_t count,
                                 const EmberCancel *cancel,
                                 EmberResult **results,
                                 EmberStatus *statuses,
                                 char **messages);

/**
 * Opens the devices that `names` lists with commas, such as `software`, `sim:8`, `xdma:0` or `xdma:0,xdma:1`, with `model` in them (NULL: the
 * embedded one). `options` may be NULL. Any thread. A simulated engine that is built for the first time takes half a minute.
 *
 * # Safety
 * `names` ends with a zero byte, `model` is NULL or a handle, `options` is NULL or can be read, `device` may be written, `message` is NULL or may
 * be written.
 */
EmberStatus ember_device_open(const char *names,
                              const EmberModel *model,
                              const EmberOptions *options,
                              EmberDevice **device,
                              char **message);

/**
 * Closes and frees it: what has begun is finished first. NULL is nothing. Any thread, once no function uses it any more.
 *
 * # Safety
 * `device` is NULL or a handle that was not freed yet.
 */
void ember_device_free(EmberDevice *device);

/**
 * Loads the model file at `path`; where that is NULL the embedded SqueezeNet v1.1: 227x227 pixels, 1000 ImageNet classes. Any thread.
 *
 * # Safety
 * `path` is NULL or ends with a zero byte, `model` may be written, `message` is NULL or may be written.
 */
EmberStatus ember_model_load(const char *path,
                             EmberModel **model,
                             char **message);

/**
 * Reads the model file whose `length` bytes are at `bytes`; they are not needed afterwards. Any thread.
 *
 * # Safety
 * There are as many bytes; `model` may be written, `message` is NULL or may be written.
 */
EmberStatus ember_model_from_bytes(const uint8_t *bytes, size_t length, EmberModel **model, char **message);

/**
 * How many classes it has; 0 of NULL. Any thread.
 *
 * # Safety
 * `model` is NULL or a handle.
 */
size_t ember_model_classes(const EmberModel *model);

/**
 * The name of a class from 0, as long as the model is not freed; NULL where there is none. Any thread.
 *
 * # Safety
 * `model` is NULL or a handle.
 */
const char *ember_model_class_name(const EmberModel *model, size_t class_id);

/**
 * Rows of the network's input; pixels of its size go to the device as they are. 0 of NULL. Any thread.
 *
 * # Safety
 * `model` is NULL or a handle.
 */
size_t ember_model_height(const EmberModel *model);

/**
 * Columns of the network's input. 0 of NULL. Any thread.
 *
 * # Safety
 * `model` is NULL or a handle.
 */
size_t ember_model_width(const EmberModel *model);

/**
 * Frees it. NULL is nothing. Any thread, once no function uses it any more.
 *
 * # Safety
 * `model` is NULL or a handle that was not freed yet.
 */
void ember_model_free(EmberModel *model);

/**
 * One exact sum a class, the same on every device, as long as the result is not freed; how many is put to `count`, which may be NULL. NULL of NULL.
 * Any thread.
 *
 * # Safety
 * `result` is NULL or a handle, `count` is NULL or may be written.
 */
const uint32_t *ember_result_sums(const EmberResult *result,
                                  size_t *count);

/**
 * Puts the `count` likeliest classes to `predictions`, best first, equal ones in the order of their numbers; gives how many there were. Any thread.
 *
 * # Safety
 * `result` is NULL or a handle; `predictions` has room for `count`, or is NULL.
 */
size_t ember_result_top(const EmberResult *result,
                        size_t count,
                        EmberPrediction *predictions);

/**
 * Frees it. NULL is nothing. Any thread, once no function uses it any more.
 *
 * # Safety
 * `result` is NULL or a handle that was not freed yet.
 */
void ember_result_free(EmberResult *result);

/**
 * The version of the library, such as `0.1.0`. It is never freed. Any thread.
 */
const char *ember_version(void);

/**
 * Frees a message. NULL is nothing. Any thread.
 *
 * # Safety
 * `text` is NULL or a message of this library that was not freed yet.
 */
void ember_string_free(char *text);

/**
 * Loads the model file at `path`; where that is NULL the embedded SqueezeNet v1.1: 227x227 pixels, 1000 ImageNet classes. Any thread.
 *
 * # Safety
 * `path` is NULL or ends with a zero byte, `model` may be written, `message` is NULL or may be written.
 */
EmberStatus ember_model_load(const char *path,
                             EmberModel **model,
                             char **message);

/**
 * Reads the model file whose `length` bytes are at `bytes`; they are not needed afterwards. Any thread.
 *
 * # Safety
 * There are as many bytes; `model` may be written, `message` is NULL or may be written.
 */
EmberStatus ember_model_from_bytes(const uint8_t *bytes, size_t length, EmberModel **model, char **message);

/**
 * How many classes it has; 0 of NULL. Any thread.
 *
 * # Safety
 * `model` is NULL or a handle.
 */
size_t ember_model_classes(const EmberModel *model);

/**
 * The name of a class from 0, as long as the model is not freed; NULL where there is none. Any thread.
 *
 * # Safety
 * `model` is NULL or a handle.
 */
const char *ember_model_class_name(const EmberModel *model, size_t class_id);

/**
 * Rows of the network's input; pixels of its size go to the device as they are. 0 of NULL. Any thread.
 *
 * # Safety
 * `model` is NULL or a handle.
 */
size_t ember_model_height(const EmberModel *model);

/**
 * Columns of the network's input. 0 of NULL. Any thread.
 *
 * # Safety
 * `model` is NULL or a handle.
 */
size_t ember_model_width(const EmberModel *model);

/**
 * Frees it. NULL is nothing. Any thread, once no function uses it any more.
 *
 * # Safety
 * `model` is NULL or a handle that was not freed yet.
 */
void ember_model_free(EmberModel *model);

/**
 * One exact sum a class, the same on every device, as long as the result is not freed; how many is put to `count`, which may be NULL. NULL of NULL.
 * Any thread.
 *
 * # Safety
 * `result` is NULL or a handle, `count` is NULL or may be written.
 */
const uint32_t *ember_result_sums(const EmberResult *result,
                                  size_t *count);

/**
 * Puts the `count` likeliest classes to `predictions`, best first, equal ones in the order of their numbers; gives how many there were. Any thread.
 *
 * # Safety
 * `result` is NULL or a handle; `predictions` has room for `count`, or is NULL.
 */
size_t ember_result_top(const EmberResult *result,
                        size_t count,
                        EmberPrediction *predictions);

/**
 * Frees it. NULL is nothing. Any thread, once no function uses it any more.
 *
 * # Safety
 * `result` is NULL or a handle that was not freed yet.
 */
void ember_result_free(EmberResult *result);

/**
 * The version of the library, such as `0.1.0`. It is never freed. Any thread.
 */
const char *ember_version(void);

/**
 * Frees a message. NULL is nothing. Any thread.
 *
 * # Safety
 * `text` is NULL or a message of this library that was not freed yet.
 */
void ember_string_free(char *text);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* EMBER_LIBRARY_H */
