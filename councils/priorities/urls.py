"""Where a council writes its priorities. They are read at `portal:priorities`."""

from django.urls import path

from councils.priorities import views

app_name = "priorities"
urlpatterns = [path("<slug:slug>/write/", views.write, name="write")]
