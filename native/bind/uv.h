/* The few functions of libuv that the poller needs, declared here because Node-API's own headers
 * leave them out and a build must not need Node's. libuv keeps this ABI through version 1: the
 * handle's size is asked for at run time, its type number is fixed. https://docs.libuv.org */
#ifndef BERKELEY_BIND_UV_H
#define BERKELEY_BIND_UV_H

#include <stddef.h>

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef struct uv_poll_s uv_poll_t;

enum { UV_READABLE = 1 }; /* uv_poll_event */
enum { UV_POLL = 8 };     /* uv_handle_type; start() in poller.c checks its name */

size_t uv_handle_size(int type);
/* Weak, since Deno lacks these two. (It has the others, but its polling never reports anything.) */
__attribute__((weak)) const char *uv_handle_type_name(int type);
__attribute__((weak)) int uv_backend_timeout(const uv_loop_t *loop);
uv_loop_t *uv_handle_get_loop(const uv_handle_t *handle);
void *uv_handle_get_data(const uv_handle_t *handle);
void uv_handle_set_data(uv_handle_t *handle, void *data);
void uv_ref(uv_handle_t *handle);
void uv_unref(uv_handle_t *handle);
void uv_close(uv_handle_t *handle, void (*closed)(uv_handle_t *handle));
int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int uv_poll_start(uv_poll_t *handle, int events,
                  void (*ready)(uv_poll_t *handle, int status, int events));
int uv_poll_stop(uv_poll_t *handle);

#endif
